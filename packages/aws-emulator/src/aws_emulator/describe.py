"""What the package adds, bounds and leaves out, as one document: read without the emulator, and without starting it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from aws_emulator import facts
from aws_emulator.patches.registry import SUPPLEMENTS
from aws_emulator.permissions.unenforced import UNENFORCED
from aws_emulator.quotas.table import QUOTAS


def describe() -> Mapping[str, Any]:
    """The document of `python -m aws_emulator describe --json`.

    Returns:
        `name` and `version` of the package; `emulator`, what it runs; `supplements` with what each `adds`; `quotas`
        with `default`, `lowest`, `highest` (null: AWS fixes it) and what AWS answers above them; `unenforced`, the
        permissions that only AWS asks for.
    """
    return {
        "name": facts.NAME,
        "version": facts.read_version(),
        "emulator": facts.read_emulator_version(),
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
