"""Resources read from Pulumi's documents: state files of both forms, previews, the embedded engine's result."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.wire import OUTPUT, RESOURCE_REFERENCE, SECRET, SIGNATURE
from policies.core.documents import FileError
from policies.core.values import UNKNOWN, SourceLine
from policies.sources.property_bags import UNKNOWN_TEXTS
from policies.sources.state import read_preview, read_state, resources
from tests.policies.programs import find_resource

TYPE = "aws:sqs/queue:Queue"
URN = f"urn:pulumi:prod::shop::{TYPE}::orders"


def document(name: str = "orders", **fields: Any) -> dict[str, Any]:
    return {"urn": URN.replace("orders", name), "type": TYPE, "custom": True, **fields}


def one(**fields: Any) -> Any:
    (resource,) = resources([document(**fields)])
    return resource


def test_a_document_is_read_whole() -> None:
    queue = one(
        id="https://sqs/orders",
        inputs={"delaySeconds": 5},
        outputs={"arn": "arn:aws:sqs:us-east-1:111122223333:orders"},
        parent="urn:pulumi:prod::shop::my:index:Box::box",
        protect=True,
        propertyDependencies={"tags": [URN], "delaySeconds": []},
        sourcePosition="project:///parts.py#12,3",
        stackTrace=[{"sourcePosition": "project:///parts.py#12,3"}, {}, {"sourcePosition": "project:///__main__.py#7"}],
    )
    assert (queue.name, queue.type, queue.urn) == ("orders", TYPE, URN)
    assert queue.value == {
        "id": "https://sqs/orders",
        "delaySeconds": 5,
        "arn": "arn:aws:sqs:us-east-1:111122223333:orders",
    }
    assert queue.dependencies == {"tags": (URN,)}
    assert (queue.parent, queue.protect) == ("urn:pulumi:prod::shop::my:index:Box::box", True)
    assert queue.trace == (SourceLine("parts.py", 12), SourceLine("__main__.py", 7))


def test_what_is_not_made_yet_has_an_id_to_come_and_a_component_has_none() -> None:
    assert one().raw("id") is UNKNOWN
    assert one(custom=False).raw("id") is None


def test_lines_outside_the_program_are_no_places_of_it() -> None:
    frames = ["project:///../lib/x.py#1", "project:///.venv/lib/site-packages/p/q.py#2", "project:///a.py#3", "oops"]
    assert one(stackTrace=[{"sourcePosition": frame} for frame in frames]).trace == (SourceLine("a.py", 3),)


@pytest.mark.parametrize(
    ("inputs", "outputs", "seen"),
    [
        ({"delaySeconds": 5}, {"delaySeconds": 9}, 9),
        ({"delaySeconds": 5}, {}, 5),
        ({"delaySeconds": 5}, {"delaySeconds": None}, 5),
        ({"delaySeconds": 5}, {"delaySeconds": min(UNKNOWN_TEXTS)}, 5),
        ({"delaySeconds": [5]}, {"delaySeconds": [min(UNKNOWN_TEXTS)]}, [5]),
        ({}, {"delaySeconds": min(UNKNOWN_TEXTS)}, UNKNOWN),
        ({"delaySeconds": 5}, {"delaySeconds": 0}, 0),
    ],
)
def test_what_is_known_of_the_world_holds_over_what_was_asked_for(inputs: Any, outputs: Any, seen: Any) -> None:
    assert one(inputs=inputs, outputs=outputs).value["delaySeconds"] == seen


def wrap(tag: str, **fields: Any) -> dict[str, Any]:
    return {SIGNATURE: tag, **fields}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (wrap(SECRET, value="hush"), "hush"),
        (wrap(SECRET, plaintext='{"word": "hush"}'), {"word": "hush"}),
        (wrap(SECRET, plaintext="no json"), UNKNOWN),
        (wrap(SECRET, ciphertext="v1:abc"), UNKNOWN),
        ({"a": [wrap(SECRET, ciphertext="v1:abc"), 1]}, {"a": [UNKNOWN, 1]}),
        (wrap(OUTPUT, value=3), 3),
        (wrap(OUTPUT), UNKNOWN),
        (wrap(RESOURCE_REFERENCE, urn=URN, id="i-1"), "i-1"),
        (wrap(RESOURCE_REFERENCE, urn=URN, id=""), UNKNOWN),
        (wrap(RESOURCE_REFERENCE, urn=URN), URN),
        (wrap("c44067f5952c0a294b673a41bacd8c17", path="a.zip"), {"path": "a.zip"}),
        *((text, UNKNOWN) for text in sorted(UNKNOWN_TEXTS)),
    ],
)
def test_wrapped_values_are_opened(value: Any, seen: Any) -> None:
    assert one(inputs={"tags": value}).raw("tags") == seen


def test_what_is_going_away_and_what_is_only_read_is_left_out() -> None:
    gone = [document(f"q{i}", **{flag: True}) for i, flag in enumerate(("delete", "pendingReplacement", "external"))]
    assert [r.name for r in resources([document(delete=True), *gone, document(), document("a")])] == ["a", "orders"]


DEPLOYMENT = {"resources": [document()]}


@pytest.mark.parametrize(
    "content",
    [
        {"version": 3, "deployment": DEPLOYMENT},
        {"version": 3, "checkpoint": {"stack": "prod", "latest": DEPLOYMENT}},
    ],
)
@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress])
def test_both_forms_of_a_state_file_are_read(content: Any, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "prod.json"
    path.write_bytes(pack(json.dumps(content).encode()))
    assert [r.urn for r in read_state(path)] == [URN]


@pytest.mark.parametrize(
    "content", [{"deployment": {}}, {"checkpoint": {"stack": "prod"}}, {"deployment": {"resources": []}}]
)
def test_an_empty_stack_has_no_resources(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "prod.json"
    path.write_text(json.dumps(content))
    assert read_state(path) == []


def test_a_preview_is_read_without_what_it_deletes(tmp_path: Path) -> None:
    path = tmp_path / "preview.json"
    unknown = min(UNKNOWN_TEXTS)
    steps = [
        {"op": "create", "urn": URN, "newState": document(inputs={"delaySeconds": 5}, outputs={"arn": unknown})},
        {"op": "delete", "urn": "urn:old", "oldState": document("old")},
        {"op": "discard", "urn": "urn:other", "newState": None},
    ]
    path.write_text(json.dumps({"steps": steps, "changeSummary": {"create": 1}}))
    queue = find_resource(read_preview(path), "orders")
    assert (queue.raw("arn"), queue.number("delaySeconds")) == (UNKNOWN, 5)
    assert len(read_preview(path)) == 1


@pytest.mark.parametrize(
    ("read", "content", "says"),
    [
        (read_state, '{\n "deployment": {,\n', "file.json:2: is no JSON: Expecting property name"),
        (read_state, "[]", "file.json: must be an object."),
        (read_state, "{}", "file.json: has neither 'deployment' nor 'checkpoint'; give a backend's stack file"),
        (read_state, '{"deployment": []}', "file.json: the deployment: must be an object."),
        (read_state, '{"checkpoint": 3}', "file.json: checkpoint: must be an object."),
        (read_state, '{"deployment": {"resources": {"a": 1}}}', "file.json: resources: must be a list."),
        (
            read_state,
            '{"deployment": {"resources": [{"urn": "u", "type": "t"}, 3]}}',
            "resources[1]: must be an object.",
        ),
        (read_state, '{"deployment": {"resources": [{"type": "t"}]}}', "file.json: resources[0]: has no urn"),
        (read_state, '{"deployment": {"resources": [{"urn": "u"}]}}', "file.json: resources[0]: has no type"),
        (
            read_state,
            '{"deployment": {"resources": [{"urn": "u", "type": "t", "inputs": [1]}]}}',
            "resources[0].inputs: must be an object.",
        ),
        (
            read_state,
            '{"deployment": {"resources": [{"urn": "u", "type": "t", "propertyDependencies": {"a": "b"}}]}}',
            "resources[0].propertyDependencies.a: must be a list.",
        ),
        (
            read_state,
            '{"deployment": {"resources": [{"urn": "u", "type": "t", "stackTrace": ["x"]}]}}',
            "resources[0].stackTrace[0]: must be an object.",
        ),
        (read_preview, "{}", "file.json: has no 'steps'; give the output of `pulumi preview --json`."),
        (read_preview, '{"steps": 3}', "file.json: steps: must be a list."),
        (read_preview, '{"steps": [3]}', "file.json: steps[0]: must be an object."),
        (read_preview, '{"steps": [{"newState": {"urn": "u"}}]}', "file.json: steps[0].newState: has no type"),
        (
            read_preview,
            '{"steps": [], "diagnostics": [{"severity": "error", "message": "hush"}]}',
            "the preview failed",
        ),
        (read_preview, '{"type": "a"}\n{"type": "b"}', "file.json:2: is no JSON: Extra data."),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_named(read: Any, content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(FileError) as refused:
        read(path)
    assert says in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    for content in (b"\xff\xfe\x00", b"\x1f\x8bnonsense"):
        binary.write_bytes(content)
        with pytest.raises(FileError, match=r"binary\.json: is no JSON text"):
            read_state(binary)
    for path, why in ((tmp_path / "missing.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(FileError, match=why):
            read_state(path)
