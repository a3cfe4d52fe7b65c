"""A report says on what a verdict was reached, and claims nothing for another place."""

import pytest

from trials.checker import InvariantVerdict
from trials.report import cells, limits


@pytest.mark.parametrize(
    ("where", "place"),
    [("memory", "memory"), ("the sandbox (cloud-dev)", "sandbox"), ("the cloud (aws-prod)", "cloud")],
)
def test_a_verdict_stands_in_the_column_of_its_place_alone(where: str, place: str) -> None:
    found = cells(InvariantVerdict("I1", "a promise", "pass", 1, {}, []), where)
    assert found == {"memory": "not run", "sandbox": "not run", "cloud": "not run", place: "pass"}


def test_the_limits_name_what_was_not_run() -> None:
    assert limits("the sandbox (aws-dev)").startswith(
        "Proven on the sandbox (aws-dev) alone; not run here: memory and cloud."
    )
