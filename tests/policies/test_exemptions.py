"""Exemptions: reviewed, owned, expiring; the same from a file and from a tag; none silently in force."""

from datetime import date
from pathlib import Path

import pytest

from policies.core.documents import FileError
from policies.core.exemptions import Exemptions, load
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from tests.policies.building import Stack
from tests.policies.cases import TODAY, judge_rule

RULES = ["aws-res-01", "aws-sca-01"]
WHOLE = """
exemptions:
  - rules: aws-res-01
    resources: "*::aws:sqs/queue:Queue::legacy-*"
    reason: goes away with the old checkout
    owner: platform
    expires: 2026-03-31
"""


def shop(name: str = "legacy-orders", **tags: str) -> Stack:
    stack = Stack()
    queue = stack.add(QUEUE, name, **({"tags": tags} if tags else {}))
    function = stack.add(FUNCTION, "worker", timeout=60)
    stack.add(MAPPING, "mapping", eventSourceArn=queue.arn, functionName=function.arn)
    return stack


def tagged_queue(text: str) -> Stack:
    return shop("orders", **{"scaleshop:exempt:aws-res-01": text})


def write_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "exemptions.yaml"
    path.write_text(text)
    return path


def test_an_exemption_holds_for_the_rules_and_resources_that_it_names(tmp_path: Path) -> None:
    exemptions = Exemptions(load(write_file(tmp_path, WHOLE), RULES))
    (exempted,) = judge_rule("aws-res-01", shop().graph(), exemptions=exemptions)
    assert (exempted.status, exempted.mandatory) == ("exempted", False)
    assert exempted.reason == "until 2026-03-31 by platform: goes away with the old checkout"
    (found,) = judge_rule("aws-res-01", shop("orders").graph(), exemptions=exemptions)
    assert found.status == "fail"


def test_one_that_no_finding_needed_is_reported(tmp_path: Path) -> None:
    exemptions = Exemptions(load(write_file(tmp_path, WHOLE), RULES))
    judge_rule("aws-res-01", shop("orders").graph(), exemptions=exemptions)
    assert [one.where for one in exemptions.find_unused()] == [f"{tmp_path}/exemptions.yaml:3"]
    judge_rule("aws-res-01", shop().graph(), exemptions=exemptions)
    assert exemptions.find_unused() == []


@pytest.mark.parametrize(("days", "status"), [(74, "fail"), (75, "exempted")])
def test_one_that_would_hold_too_long_exempts_nothing(tmp_path: Path, days: int, status: str) -> None:
    assert (date(2026, 3, 31) - TODAY).days == 75
    exemptions = Exemptions(load(write_file(tmp_path, WHOLE), RULES), longest_days=days)
    (result,) = judge_rule("aws-res-01", shop().graph(), exemptions=exemptions)
    assert result.status == status
    assert ("longer than 74 days" in result.message) == (status == "fail")


def test_a_tag_exempts_its_own_resource_until_its_day() -> None:
    (result,) = judge_rule("aws-res-01", tagged_queue("2026-01-15 platform goes away").graph())
    assert (result.status, result.reason) == ("exempted", "until 2026-01-15 by platform: goes away")
    (late,) = judge_rule("aws-res-01", tagged_queue("2026-01-14 platform goes away").graph())
    assert (late.status, late.mandatory) == ("fail", True)
    assert "the tag scaleshop:exempt:aws-res-01 of Queue 'orders' expired on 2026-01-14" in late.message


@pytest.mark.parametrize("text", ["please", "2026-13-01 platform why", "2026-12-01 platform"])
def test_a_tag_that_cannot_be_read_exempts_nothing_and_says_what_to_write(text: str) -> None:
    (result,) = judge_rule("aws-res-01", tagged_queue(text).graph())
    assert result.status == "fail"
    assert "write '2027-01-31 owner reason'" in result.message


def test_tags_can_be_left_out_of_account() -> None:
    (result,) = judge_rule(
        "aws-res-01", tagged_queue("2026-12-31 platform why").graph(), exemptions=Exemptions(tags=False)
    )
    assert result.status == "fail"


def test_a_glob_means_what_it_says_and_nothing_of_a_urn_is_special(tmp_path: Path) -> None:
    text = WHOLE.replace("*::aws:sqs/queue:Queue::legacy-*", "urn:pulumi:test::shop::aws:sqs/queue:Queue::legacy[1]")
    exemptions = Exemptions(load(write_file(tmp_path, text), RULES))
    (result,) = judge_rule("aws-res-01", shop("legacy[1]").graph(), exemptions=exemptions)
    assert result.status == "exempted"
    (result,) = judge_rule("aws-res-01", shop("legacy1").graph(), exemptions=exemptions)
    assert result.status == "fail"


def test_an_empty_file_and_an_empty_list_exempt_nothing(tmp_path: Path) -> None:
    assert list(load(write_file(tmp_path, "# nothing yet\n"), RULES)) == []
    assert list(load(write_file(tmp_path, "exemptions: []\n"), RULES)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("    owner: platform\n", ""), ":3: the exemption needs owner."),
        (("    reason: goes away with the old checkout\n", "    reason: ''\n"), ":3: the exemption needs reason."),
        (("rules: aws-res-01", "rules: aws-res-1"), ":3: no rule is called 'aws-res-1'; `scaleshop rules` lists them."),
        (("expires: 2026-03-31", "expires: soon"), ":7: expires ('soon') is no date; write 2027-01-31."),
        (("owner:", "owners:"), ":6: 'owners' is unknown; an exemption has rules, resources, reason, owner, expires."),
        (("exemptions:", "exceptions:"), ":2: 'exceptions' is unknown; the file has one list, 'exemptions'."),
        (("    reason", "  reason"), ":5: is neither JSON nor YAML"),
        (("rules: aws-res-01", "rules: {a: 1}"), ":3: must be a text or a list of texts."),
        (("    owner: platform\n", "    owner: platform\n    owner: me\n"), ":7: 'owner' is given twice."),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = write_file(tmp_path, WHOLE.replace(*change))
    with pytest.raises(FileError) as error:
        load(path, RULES)
    assert str(error.value).startswith(f"{path}{says}")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml", RULES)
