"""One program, the same verdicts: from mocks, the engine's preview and `up`, a state file, and the policy pack.

What the engine hides in a preview may be "not evaluated" instead. A pack tells findings alone: what passes, does not
concern a rule or is exempted is silent there.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from plane_fixture import AwsPlane

from policies.core.graph import ResourceGraph
from policies.core.registry import all_links
from policies.sources.state import read_state, resources
from tests.policies.analyzing import Pack, ReportedViolation, serve_pack
from tests.policies.verdicts import (
    CONFIGURATION,
    MARKER,
    PACK,
    PROGRAMS,
    Program,
    Verdicts,
    assert_same_findings,
    assert_same_or_not_evaluated,
    findings,
    pack,
    pack_findings,
    verdicts,
)

# Of the wrong program, by rule: where it must be found from everywhere.
EXPECTED = {
    "aws-obs-03": {"silent"},
    "aws-res-01": {"orders"},
    "aws-res-02": {"orders"},
    "aws-res-03": {"payments"},
    "aws-res-04": {"dead"},
    "aws-res-06": {"orders-worker"},
    "aws-sca-02": {"orders-worker"},
    "aws-sec-02": {"open"},
    "aws-sec-04": {"role"},
    "aws-sec-06": {"anyone"},
}


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]()


@pytest.fixture(scope="module")
def known(program: Program) -> Verdicts:
    """From mocks, with every value that the cloud decides made up."""
    return verdicts(program.capture())


@pytest.fixture(scope="module")
def process() -> Iterator[Pack]:
    with serve_pack(PACK) as (started, _):
        yield started


def test_the_shop_has_no_finding_and_nothing_that_could_not_be_evaluated() -> None:
    assert findings(verdicts(PROGRAMS["shop"]().capture())) == {}


def test_the_wrong_program_is_found_wrong_where_it_is() -> None:
    found: dict[str, set[str]] = {}
    for rule, urn in findings(verdicts(PROGRAMS["wrong"]().capture())):
        found.setdefault(rule, set()).add(urn.rsplit("::", 1)[-1])
    assert {rule: found.get(rule) for rule in EXPECTED} == EXPECTED


def test_a_first_preview_on_mocks_says_the_same_or_that_it_could_not(program: Program, known: Verdicts) -> None:
    assert_same_or_not_evaluated(known, verdicts(program.capture(known=False)))


def test_a_preview_of_the_engine_says_the_same_or_that_it_could_not(
    program: Program, known: Verdicts, tmp_path: Path
) -> None:
    planned = program.engine(tmp_path, packs=[pack()]).preview(program.path)
    core = verdicts(resources(list(planned.resources)))
    assert not [error for error in planned.errors if ": policy " not in error]
    assert_same_or_not_evaluated(known, core)
    assert_same_findings(pack_findings(planned.policies), core)
    assert not [one["message"] for one in planned.policies if MARKER in one["message"]]


@pytest.mark.plane
def test_an_up_its_state_file_and_the_preview_after_it_say_the_same(
    program: Program, known: Verdicts, aws_plane: AwsPlane, tmp_path: Path
) -> None:
    # Advisory, so that the wrong program is carried out.
    engine = program.engine(tmp_path, aws_plane.endpoint, [pack(all="advisory")])
    done = engine.up(program.path)
    assert done.ok, done.errors
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": done.resources}}))
    core = verdicts(read_state(file))
    assert core == known
    assert_same_findings(pack_findings(done.policies), core)
    planned = engine.preview(program.path)
    assert planned.changes.keys() == {"same"}
    assert verdicts(resources(list(planned.resources))) == known
    assert_same_findings(pack_findings(planned.policies), known)


def test_the_packs_process_says_what_the_core_says(program: Program, known: Verdicts, process: Pack) -> None:
    given = {name.replace("-", "_"): values for name, values in CONFIGURATION.rules.items()}
    reported = process.configure(**given).all(ResourceGraph(program.capture(), all_links()))
    assert_same_findings(pack_findings([_event(one) for one in reported]), known)
    assert not [one.message for one in reported if MARKER in one.message]


def _event(one: ReportedViolation) -> dict[str, str]:
    return {"policyName": one.policy, "resourceUrn": one.urn, "message": one.message}
