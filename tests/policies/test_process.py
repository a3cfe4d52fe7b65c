"""The pack in a process of its own, as Pulumi's CLI starts it, over gRPC."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.core.graph import ResourceGraph
from policies.core.registry import all_rules
from policies.core.resource import Resource
from policies.pack import EXEMPTIONS_VARIABLE
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from tests.policies.analyzing import Pack, serve_pack
from tests.policies.building import Stack

PACK = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def pack_process() -> Iterator[tuple[Pack, subprocess.Popen[str]]]:
    with serve_pack(PACK) as made:
        yield made


@pytest.fixture
def pack(pack_process: tuple[Pack, subprocess.Popen[str]]) -> Pack:
    """With every level and setting as it is shipped."""
    return pack_process[0].configure()


def starved_queue(timeout: int = 61) -> ResourceGraph:
    """A queue that gives its consumer less time than six tries take."""
    stack = Stack()
    queue = stack.add(QUEUE, "orders", visibilityTimeoutSeconds=360)
    worker = stack.add(FUNCTION, "worker", timeout=timeout)
    stack.add(MAPPING, "reads", eventSourceArn=queue.arn, functionName=worker.arn)
    return stack.graph(hidden=True)


def messages(pack: Pack, graph: ResourceGraph, policy: str = "aws-res-01") -> list[tuple[str, str]]:
    return [(t.level, t.message) for t in pack.all(graph) if t.policy == policy]


def test_the_pack_tells_its_name_and_every_rule(pack: Pack) -> None:
    info = pack.info()
    assert info.name == "scaleshop"
    assert {rule.id for rule in all_rules()} <= {policy.name for policy in info.policies}


def test_a_violation_comes_with_its_numbers(pack: Pack) -> None:
    [(level, message)] = messages(pack, starved_queue())
    assert level == "mandatory"
    assert "visibility timeout (360 s) must be at least 6 x the timeout of 'worker' (61 s); set it to 366 s" in message
    assert messages(pack, starved_queue(60)) == []


def test_the_configuration_of_the_engine_is_taken(pack: Pack) -> None:
    pack.configure(aws_res_01={"enforcementLevel": "advisory", "factor": 5.5})
    assert messages(pack, starved_queue(65)) == []
    [(level, message)] = messages(pack, starved_queue(66))
    assert level == "advisory"
    assert "at least 5.5 x" in message


def test_a_stack_of_many_resources_fits_a_message(pack: Pack) -> None:
    text = "x" * 1_000
    many = [
        Resource(urn=f"urn:pulumi:dev::shop::demo:index:Big::{i}", type="demo:index:Big", properties={"text": text})
        for i in range(5_000)
    ]
    quick = {
        rule.id.replace("-", "_"): {"enforcementLevel": "disabled"} for rule in all_rules() if rule.id != "aws-res-01"
    }
    assert not pack.configure(**quick).stack(ResourceGraph(many)).diagnostics


def test_an_empty_stack_has_no_violation(pack: Pack) -> None:
    assert pack.all(ResourceGraph([])) == []


def test_exemptions_come_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text(
        "exemptions:\n- {rules: aws-res-01, resources: '*::orders', reason: r, owner: o, expires: 2999-01-01}\n"
    )
    with serve_pack(PACK, **{EXEMPTIONS_VARIABLE: str(file)}) as (exempting, _):
        assert messages(exempting, starved_queue()) == []


def test_nothing_but_the_port_is_printed_and_a_signal_ends_it() -> None:
    with serve_pack(PACK) as (pack, process):
        pack.all(starved_queue())
        process.terminate()
        printed, complaints = process.communicate(timeout=30)
    assert printed == ""
    assert complaints == ""


def test_the_packs_directory_hides_no_package_and_the_project_need_not_be_installed() -> None:
    """Pulumi puts the directory first on the module path, where `core` would be the pack's."""
    script = (
        "import importlib.util, pulumi_policy, runpy, sys\n"
        f"sys.path[:] = [p for p in sys.path if p not in ('', {str(PACK.parent)!r})]\n"
        "found = lambda *_: print(importlib.util.find_spec('core'), sys.modules['policies'].__file__)\n"
        "pulumi_policy.PolicyPack = found\n"
        f"sys.path.insert(0, {str(PACK)!r})\n"
        f"runpy.run_path({str(PACK)!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PACK, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", str(PACK / "__init__.py")]
