"""Every type of the catalog: made, read, changed, drifted, deleted on a running plane."""

import importlib
from pathlib import Path

import pytest
from handler_lab import Lab, Made, Row
from plane_fixture import AwsPlane

from engine.protocol import Properties
from sandbox.aws.catalog import REGISTRY
from sandbox.aws.package import AwsPackage
from sandbox.handler import parse_document

pytestmark = pytest.mark.plane

FILES = sorted(Path(__file__).parent.glob("handler_rows_*.py"))
ROWS: dict[str, Row] = {row.token: row for file in FILES for row in importlib.import_module(file.stem).ROWS}
CHANGES = [(row, index) for row in ROWS.values() for index in range(len(row.updates))]


@pytest.fixture(scope="module")
def lab(aws_plane: AwsPlane) -> Lab:
    return Lab(aws_plane)


def short(row: Row) -> str:
    return row.token.split(":")[1]


def plain(inputs: Properties) -> Properties:
    """Inputs with documents compared by meaning."""
    return {key: parse_document(value) if isinstance(value, str) else value for key, value in inputs.items()}


def patched(lab: Lab, row: Row, inputs: Properties, index: int) -> tuple[Properties, list[str]]:
    """The inputs with one change, and the properties that it touches."""
    change = row.updates[index]
    patch = change if isinstance(change, dict) else change(lab, inputs)
    merged = {key: value for key, value in {**inputs, **patch}.items() if value is not None}
    return merged, sorted(patch)


def brought_to(lab: Lab, row: Row, made: Made, index: int) -> Made:
    """The resource with every change before one of them."""
    for before in range(index):
        made = lab.update(made, patched(lab, row, made.inputs, before)[0])
    return made


def test_every_type_of_the_catalog_has_a_row() -> None:
    assert sorted(ROWS) == [entry.token for entry in REGISTRY.catalog()]


@pytest.mark.parametrize("row", ROWS.values(), ids=short)
def test_what_was_created_is_read_back_and_differs_in_nothing(lab: Lab, row: Row) -> None:
    made = lab.make(row.token, row.inputs(lab))
    now = lab.read(made)
    assert now is not None
    assert plain(now) == plain(made.inputs)
    assert not lab.provider.diff(row.token, made.id, made.inputs, made.outputs, now, ()).changes


@pytest.mark.parametrize(("row", "index"), CHANGES, ids=[f"{short(r)}-{n}" for r, n in CHANGES])
def test_a_change_is_made_in_place_and_read_back(lab: Lab, row: Row, index: int) -> None:
    made = brought_to(lab, row, lab.make(row.token, row.inputs(lab)), index)
    news, touched = patched(lab, row, made.inputs, index)
    differences = lab.provider.diff(row.token, made.id, made.inputs, made.outputs, news, ())
    assert (sorted(differences.diffs), list(differences.replaces)) == (touched, [])
    changed = lab.update(made, news)
    now = lab.read(changed)
    assert now is not None
    assert plain(now) == plain(news)
    # Read against the inputs from before, as if somebody else had made the change: it is really in the plane.
    seen = lab.read(changed, made.inputs)
    assert seen is not None
    for key in touched:
        if not {key, f"{index}:{key}"} & row.unseen.keys():
            assert parse_document(seen.get(key)) != parse_document(made.inputs.get(key)), (
                f"{key} was not changed in the plane"
            )


@pytest.mark.parametrize("row", [r for r in ROWS.values() if r.drift], ids=short)
def test_a_change_behind_the_engines_back_is_seen(lab: Lab, row: Row) -> None:
    made = lab.make(row.token, row.inputs(lab))
    assert row.drift is not None
    row.drift(lab, made)
    now = lab.read(made)
    if not row.shows:
        assert now is None
        return
    assert now is not None
    assert parse_document(now.get(row.shows)) != parse_document(made.inputs[row.shows])
    found = lab.provider.diff(row.token, made.id, now, made.outputs, made.inputs, ())
    assert row.shows in found.diffs, "and an update would repair it"


@pytest.mark.parametrize("row", ROWS.values(), ids=short)
def test_a_deleted_resource_is_gone_and_may_be_deleted_again(lab: Lab, row: Row) -> None:
    made = lab.make(row.token, row.inputs(lab))
    for _ in range(2):
        lab.provider.delete(row.token, made.id, made.inputs, made.outputs)
        assert (lab.read(made) is None) != bool(row.undeletable), row.undeletable


@pytest.mark.parametrize("row", ROWS.values(), ids=short)
def test_a_preview_contacts_nothing(lab: Lab, row: Row) -> None:
    inputs = row.inputs(lab)
    asleep = AwsPackage(None).configure({})
    assert asleep.create(row.token, "res", inputs, preview=True).id == ""
    asleep.diff(row.token, "id", inputs, {}, inputs, ())
    asleep.update(row.token, "id", inputs, {}, inputs, preview=True)
