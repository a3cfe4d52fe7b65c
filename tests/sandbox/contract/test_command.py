"""What the command says and how it ends, with behaviours made up for it."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.target import AwsTarget
from sandbox.contract.behaviour import Behaviour, behaviour, expect
from scaleshop.architectures import registry
from scaleshop.architectures.base import CloudAccount
from scaleshop.commands import sandbox as command
from scaleshop.errors import CommandError, Exit

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/welcome.html"


@behaviour(service="lambda", source=SOURCE)
def two_is_two(_: AwsAccount) -> None:
    """Two is two."""


@behaviour(service="sqs", source=SOURCE)
def three_is_two(aws: AwsAccount) -> None:
    """Three is two."""
    aws.undo(_refuse, QueueUrl="queue-1")
    expect(False, "three [is] three")


@behaviour(service="sqs", source=SOURCE, gap="four is three here", cloud="it takes a day")
def four_is_four(_: AwsAccount) -> None:
    """Four is four."""
    expect(False, "four is three")


def _refuse(**_: str) -> None:
    raise PermissionError("not allowed")


def check(monkeypatch: pytest.MonkeyPatch, *behaviours: Behaviour, **options: Any) -> None:
    """The command with these behaviours, in a place where nothing is called."""
    nothing: Any = None

    @contextlib.contextmanager
    def place(*_: object, **__: object) -> Iterator[AwsTarget]:
        yield AwsTarget(nothing, "http://127.0.0.1:9")

    monkeypatch.setattr(command, "choose", lambda *_: list(behaviours))
    monkeypatch.setattr(command, "_open_target", place)
    command.check(
        "aws", **{"target": "sandbox", "only": None, "service": None, "listed": False, "workers": 2, **options}
    )


def test_what_holds_is_a_table_by_service_and_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check(monkeypatch, four_is_four, two_is_two)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[1].startswith("lambda holds Two is two.")
    assert lines[2].startswith("sqs differs Four is four.")
    assert lines[3] == "-> four is three here"
    assert lines[-1] == "HOLDS: 1 holds, 1 differs"


def test_one_that_is_broken_fails_the_command_and_is_reported_with_what_was_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as ended:
        check(monkeypatch, two_is_two, three_is_two)
    printed = capsys.readouterr()
    assert ended.value.code == Exit.FAILED
    assert "broken: Three is two. Seen: three [is] three" in printed.err
    assert "not removed: _refuse QueueUrl=queue-1: not allowed" in printed.err
    assert "BROKEN: 1 holds, 1 broken" in printed.out


def test_nothing_that_holds_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for behaviours in ((), (four_is_four,)):
        with pytest.raises(CommandError) as ended:
            check(monkeypatch, *behaviours)
        assert ended.value.code == Exit.FAILED


def test_json_has_each_verdict_with_its_source(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        check(monkeypatch, three_is_two, as_json=True)
    document = json.loads(capsys.readouterr().out)
    (found,) = document["behaviours"]
    assert (document["holds"], document["counts"]["broken"]) == (False, 1)
    assert (found["id"], found["source"], found["seen"]) == ("three_is_two", SOURCE, "three [is] three")
    assert found["not_removed"] == ["_refuse QueueUrl=queue-1: not allowed"]


def test_a_real_account_is_asked_for_by_number_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "choose", lambda *_: [two_is_two])
    account = CloudAccount("account", "123456789012", "region", "eu-west-1")
    monkeypatch.setattr(registry.load("aws"), "find_account", lambda *_: account)
    with pytest.raises(CommandError) as ended:
        command.check("aws", target="cloud", workers=1)
    assert ended.value.code == Exit.USAGE
    assert "check 1 behaviours in account 123456789012, region eu-west-1?" in str(ended.value)
    assert "--yes" in str(ended.value)
    assert "named and tagged scaleshop-contract-" in capsys.readouterr().err
