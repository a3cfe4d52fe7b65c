"""Profiles and a project's own file: what they set, what they refuse."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from policies.core.configuration import Configuration, load, profile, profiles, schema_of
from policies.core.documents import FileError
from policies.core.registry import all_rules
from tests.policies.cases import rule


def write_file(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return path


def test_what_is_not_said_is_the_rules_own() -> None:
    given = Configuration().for_rule(rule("aws-res-01"))
    assert (given.level, given.unknown, given.settings) == ("mandatory", "warn", {"factor": 6})


def test_a_file_sets_levels_for_all_and_for_one_and_settings(tmp_path: Path) -> None:
    content = {"all": "advisory", "aws-res-01": {"factor": 3, "unknown": "fail"}, "aws-sca-01": "disabled"}
    found = load(write_file(tmp_path, content), all_rules())
    one = found.for_rule(rule("aws-res-01"))
    assert (one.level, one.unknown, one.settings["factor"]) == ("advisory", "fail", 3)
    assert found.for_rule(rule("aws-sca-01")).level == "disabled"


def test_a_projects_file_goes_over_a_profile_setting_by_setting() -> None:
    base = Configuration({"all": {"enforcementLevel": "advisory"}, "aws-res-01": {"factor": 3, "unknown": "fail"}})
    own = Configuration({"aws-res-01": {"factor": 4}})
    found = own.layer_over(base).for_rule(rule("aws-res-01"))
    assert (found.level, found.unknown, found.settings["factor"]) == ("advisory", "fail", 4)


@pytest.mark.parametrize("name", profiles())
def test_every_shipped_profile_fits_the_rules(name: str) -> None:
    assert profile(name, all_rules())


@pytest.mark.parametrize("one", all_rules(), ids=lambda one: one.id)
def test_the_default_of_every_setting_fits_its_schema(one) -> None:
    for name, schema in schema_of(one).items():
        jsonschema_rs.validate(dict(schema), schema["default"])
        assert name == "unknown" or one.settings[name].description


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"aws-res-1": "advisory"}, ":2: no rule is called 'aws-res-1'; `scaleshop rules` lists them."),
        (
            {"aws-res-01": {"factr": 3}},
            ":3: aws-res-01 has no setting 'factr'; it has enforcementLevel, factor, unknown.",
        ),
        ({"aws-res-01": {"factor": "six"}}, ':3: factor: "six" is not of type "number".'),
        ({"aws-res-01": {"factor": 0}}, ":3: factor: 0 is less than the minimum of 1."),
        ({"aws-res-01": "strict"}, ':2: enforcementLevel: "strict" is not one of'),
        ({"aws-res-01": {"unknown": "maybe"}}, ':3: unknown: "maybe" is not one of'),
        ({"all": {"factor": 3}}, ":3: all has no setting 'factor'; it has enforcementLevel, unknown."),
        (["aws-res-01"], ":1: must be an object."),
        ("{", ":1: is neither JSON nor YAML"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, content: object, says: str) -> None:
    path = write_file(tmp_path, content)
    with pytest.raises(FileError) as error:
        load(path, all_rules())
    assert str(error.value).startswith(f"{path}{says}")


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(FileError, match=r"Profile 'production' is unknown; there are .*prod"):
        profile("production", all_rules())
