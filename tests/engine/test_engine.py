"""What users see: interruption, failures of the cloud, tracebacks, events, references, configuration."""

import _thread
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import minicloud
import pulumi
from minicloud import MiniPackage, MiniProvider, names
from stack_fixture import Stack

import engine
from engine.policy import PolicyPack
from engine.wire import UNKNOWN


def pair(size: int = 1) -> None:
    bucket = minicloud.Bucket("bucket", size=size)
    minicloud.Queue("queue", target=bucket.arn)


def test_a_preview_plans_unknown_values_and_touches_nothing(stack: Stack) -> None:
    result = stack.preview(pair)
    queue = next(s for s in result.resources if s["type"] == "mini:index:Queue")
    assert queue.inputs["target"] == UNKNOWN
    assert stack.files() == set()
    assert not stack.state.exists()


def test_events_say_which_properties_change(stack: Stack) -> None:
    stack.up(pair)
    stack.events.clear()
    stack.preview(lambda: pair(2))
    changed = [e["resourcePreEvent"]["metadata"] for e in stack.events if "resourcePreEvent" in e]
    assert [m["diffs"] for m in changed if m["op"] == "update"] == [["size"]]
    assert "preludeEvent" in stack.events[0]
    assert stack.events[-1]["summaryEvent"]["resourceChanges"] == {"same": 2, "update": 1}


def test_ctrl_c_finishes_what_runs_and_starts_nothing_more(stack: Stack) -> None:
    started, ended = threading.Event(), threading.Event()

    class Slow(MiniProvider):
        def create(self, token: str, name: str, inputs: Any, *, preview: bool) -> Any:
            if name == "bucket":
                started.set()
                assert ended.wait(30)
            return super().create(token, name, inputs, preview=preview)

    class SlowPackage(MiniPackage):
        def configure(self, config: Mapping[str, Any]) -> MiniProvider:
            return Slow(self.world, config)

    def watch(event: Mapping[str, Any]) -> None:
        if "interrupted" in event.get("diagnosticEvent", {}).get("message", ""):
            ended.set()

    def press() -> None:
        assert started.wait(30)
        _thread.interrupt_main()

    presser = threading.Thread(target=press)
    presser.start()
    result = stack.up(pair, packages=[SlowPackage(stack.world)], on_event=watch)
    presser.join()
    assert result.interrupted
    assert not result.ok
    assert stack.files() == {"bucket-0"}
    assert [s["id"] for s in stack.engine().resources() if s["type"].startswith("mini:")] == ["bucket-0"]
    assert dict(stack.up(pair).changes) == {"create": 1, "same": 2}


def test_a_cloud_that_dies_half_way_leaves_a_state_to_go_on_from(stack: Stack) -> None:
    class Dying(MiniProvider):
        def create(self, token: str, name: str, inputs: Any, *, preview: bool) -> Any:
            if name == "queue" and not preview:
                raise ConnectionError("connection refused")
            return super().create(token, name, inputs, preview=preview)

    class DyingPackage(MiniPackage):
        def configure(self, config: Mapping[str, Any]) -> MiniProvider:
            return Dying(self.world, config)

    result = stack.up(pair, packages=[DyingPackage(stack.world)])
    assert not result.ok
    assert result.errors == ["create of mini:index:Queue 'queue' failed: connection refused"]
    assert dict(stack.up(pair).changes) == {"create": 1, "same": 2}


def test_a_traceback_keeps_the_users_own_frames(stack: Stack, tmp_path: Path) -> None:
    program = tmp_path / "sandbox" / "main.py"
    program.parent.mkdir()
    program.write_text("def settings():\n    return {}['region']\n\nsettings()\n")
    result = stack.engine(root=program.parent).up(program)
    assert "\n".join(result.errors) == (
        "the program failed: KeyError: 'region'\n"
        "  main.py:4 in <module>: settings()\n"
        "  main.py:2 in settings: return {}['region']"
    )


def test_a_stack_reads_anothers_outputs_and_keeps_its_secrets(stack: Stack) -> None:
    def network() -> None:
        pulumi.export("zone", "z1")
        pulumi.export("key", pulumi.Output.secret("hunter2"))

    def user() -> None:
        other = pulumi.StackReference("organization/demo/network")
        minicloud.Bucket("bucket", region=other.require_output("zone"), key=other.require_output("key"))
        pulumi.export("key", other.require_output("key"))

    other = Stack(stack.directory, "network")
    other.up(network)
    result = stack.up(user, other_stacks=lambda _: other.state)
    assert result.ok, result.errors
    assert "hunter2" not in stack.state.read_text()
    assert stack.engine().outputs(show_secrets=True)["key"] == "hunter2"
    missing = stack.preview(user, other_stacks=lambda _: None)
    assert "there is no stack 'network' here" in missing.errors[0]


def test_default_providers_take_the_stacks_configuration(stack: Stack) -> None:
    stack.up(lambda: pulumi.export("arn", minicloud.Bucket("b").arn), config={"mini:region": "r9"})
    assert stack.engine().outputs()["arn"] == "arn:mini:bucket:r9:b-0"


def test_an_unknown_package_is_named(stack: Stack) -> None:
    result = stack.preview(pair, packages=[])
    assert "no provider for the package 'mini' here; there are: none" in result.errors


def test_a_replacement_deletes_after_the_dependents_moved(stack: Stack) -> None:
    def program(region: str) -> None:
        bucket = minicloud.Bucket("bucket", region=region)
        minicloud.Queue("queue", target=bucket.arn)

    stack.up(lambda: program("a"))
    result = stack.up(lambda: program("b"))
    assert names(result.steps) == [
        ("create-replacement", "bucket"),
        ("replace", "bucket"),
        ("update", "queue"),
        ("delete-replaced", "bucket"),
    ]


def test_a_policy_pack_refuses_on_up_and_reports_in_a_preview(stack: Stack) -> None:
    pack = PolicyPack(Path(__file__).parent / "fixtures" / "pack")

    def program() -> None:
        minicloud.Record("record", zone="z2")
        minicloud.Bucket("bucket", size=1)

    seen = stack.preview(program, policy_packs=[pack])
    assert {(p["policyName"], p["enforcementLevel"]) for p in seen.policies} == {
        ("no-z2", "mandatory"),
        ("size-min", "advisory"),
    }
    assert not seen.ok
    assert not stack.up(program, policy_packs=[pack]).ok
    assert "record-0" not in stack.files()


def test_the_engine_names_no_cloud_and_no_sandbox() -> None:
    names = re.compile(r"\b(aws|amazon|boto\w*|arn|gcp|google cloud|kubernetes|sandbox\w*)\b", re.IGNORECASE)
    files = sorted(Path(next(iter(engine.__path__))).glob("*.py"))
    assert files
    assert {path.name: names.findall(path.read_text()) for path in files if names.search(path.read_text())} == {}
