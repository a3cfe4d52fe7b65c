"""All supplements, in the order in which they are put in; and what the package adds, bounds and leaves out.

It is read without the emulator, and without starting it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from aws_emulator import versions
from aws_emulator.apigateway.supplement import ApiGateway
from aws_emulator.cloudwatch.alarms import Alarms
from aws_emulator.cloudwatch.metrics import Metrics
from aws_emulator.dynamodb.supplement import Capacity
from aws_emulator.eventbridge.supplement import EventBridge
from aws_emulator.faults.supplement import Faults
from aws_emulator.firehose.supplement import Firehose
from aws_emulator.iam.supplement import Permissions
from aws_emulator.iam.unenforced import UNENFORCED
from aws_emulator.lambda_asynchronous.supplement import Asynchronous
from aws_emulator.lambda_invocations.supplement import LambdaFunctions
from aws_emulator.lambda_queue_mappings.supplement import QueueMappings
from aws_emulator.lambda_stream_mappings.supplement import Streams
from aws_emulator.ministack.supplement import EmulatorSupplement
from aws_emulator.quotas.supplement import Quotas
from aws_emulator.quotas.table import QUOTAS
from aws_emulator.sns.supplement import Topics

SUPPLEMENTS: tuple[type[EmulatorSupplement], ...] = (
    Permissions,
    Quotas,
    Capacity,
    LambdaFunctions,
    ApiGateway,
    Streams,
    Asynchronous,
    QueueMappings,
    Topics,
    EventBridge,
    Firehose,
    Faults,
    Metrics,
    Alarms,
)


def describe() -> Mapping[str, Any]:
    """The document of `python -m aws_emulator describe --json`.

    Returns:
        `name` and `version` of the package; `emulator`, what it runs; `supplements` with what each `adds`; `quotas`
        with `default`, `lowest`, `highest` (null: AWS fixes it) and what AWS answers above them; `unenforced`, the
        permissions that only AWS asks for.
    """
    return {
        "name": versions.NAME,
        "version": versions.read_version(),
        "emulator": versions.read_emulator_version(),
        "supplements": [{"name": kind.name, "adds": kind.adds} for kind in SUPPLEMENTS],
        "quotas": [asdict(quota) for quota in QUOTAS.values()],
        "unenforced": [asdict(entry) for entry in UNENFORCED],
    }


def render_description() -> Iterator[str]:
    """The same for a reader."""
    found = describe()
    yield f"{found['name']} {found['version']} on {found['emulator']}"
    yield "\nSupplements (`serve --without NAME,NAME` leaves some out):"
    yield from (f"  {one['name']:14} {one['adds']}" for one in found["supplements"])
    yield "\nQuotas (`PUT /_sandbox/quotas` sets them):"
    for quota in found["quotas"]:
        bounds = f"{quota['lowest']:,} to {quota['highest']:,}" if quota["highest"] else "fixed by AWS"
        yield f"  {quota['name']:26} {quota['default']:>10,} {quota['unit']}, {bounds}: {quota['limits']}"
    yield "\nPermissions that only AWS asks for:"
    yield from (f"  {one['what']}: {one['why']}" for one in found["unenforced"])
