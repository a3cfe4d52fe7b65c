"""The runner of behaviours, with behaviours made up for it: it says what was seen, in time, and leaves nothing."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.clients import is_gone
from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.target import AwsTarget
from sandbox.contract.behaviour import Behaviour, behaviour, expect
from sandbox.contract.cleanup import Cleanup
from sandbox.contract.run import BehaviourVerdict, ContractRun, all_hold

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/welcome.html"
Check = Callable[[AwsAccount], None]


def target(*, real: bool = False) -> AwsTarget:
    """A target on which nothing is called."""
    nothing: Any = None
    return AwsTarget(nothing, None if real else "http://127.0.0.1:9")


def made(check: Check, **settings: Any) -> Behaviour:
    """A behaviour of a function that has no docstring of its own."""
    check.__doc__ = check.__doc__ or "Something holds."
    return behaviour(service="lambda", source=SOURCE, **settings)(check)


def verdicts(*behaviours: Behaviour, real: bool = False, workers: int = 8) -> dict[str, BehaviourVerdict]:
    """What a run found, by id."""
    return {
        verdict.behaviour.id: verdict
        for verdict in ContractRun(behaviours, target(real=real), workers=workers).verdicts()
    }


def good(_: AwsAccount) -> None:
    """All is well."""


def broken(_: AwsAccount) -> None:
    """Two is one."""
    expect(False, "two is two")


def fails(_: AwsAccount) -> None:
    """A check that has a fault itself."""
    {}["missing"]


def test_what_holds_what_is_broken_and_what_failed_are_distinguished() -> None:
    found = verdicts(made(good), made(broken), made(fails))
    assert {id_: verdict.outcome for id_, verdict in found.items()} == {
        "good": "holds",
        "broken": "broken",
        "fails": "error",
    }
    assert found["broken"].seen == "two is two"
    assert found["fails"].seen.startswith("KeyError: 'missing' (line ")
    assert not all_hold(found.values())
    assert all_hold([found["good"]])


def test_a_check_that_hangs_is_given_up_at_its_deadline_and_the_others_go_on() -> None:
    release = threading.Event()

    def hangs(_: AwsAccount) -> None:
        release.wait(60)

    try:
        found = verdicts(made(hangs, seconds=0.3), made(good), workers=1)
    finally:
        release.set()
    assert found["hangs"].outcome == "error"
    assert found["hangs"].seen == "still running after 0.3 s"
    assert found["good"].outcome == "holds"


def test_a_check_that_waits_for_something_ends_with_what_it_waited_for() -> None:
    def waits(aws: AwsAccount) -> None:
        aws.wait_for(lambda: None, "a message", seconds=0.2)

    found = verdicts(made(waits))["waits"]
    assert (found.outcome, found.seen) == ("broken", "not within 0.2 s: a message; last answer: None")


def test_what_a_check_made_is_removed_last_first_also_when_it_is_broken() -> None:
    removed: list[str] = []

    def makes(aws: AwsAccount) -> None:
        aws.undo(removed.append, "queue")
        aws.undo(removed.append, "mapping")
        expect(False, "seen")

    found = verdicts(made(makes))["makes"]
    assert (found.outcome, removed, found.left) == ("broken", ["mapping", "queue"], ())


def test_what_could_not_be_removed_is_named_and_does_not_keep_the_rest() -> None:
    removed: list[str] = []

    def delete_queue(**_: str) -> None:
        raise PermissionError("not allowed")

    def makes(aws: AwsAccount) -> None:
        aws.undo(removed.append, "first")
        aws.undo(delete_queue, QueueUrl="queue-1")

    found = verdicts(made(makes))["makes"]
    assert found.left == ("delete_queue QueueUrl=queue-1: not allowed",)
    assert removed == ["first"]


def test_what_is_made_after_a_check_was_given_up_is_removed_at_once() -> None:
    removed: list[str] = []
    cleanup = Cleanup(is_gone)
    cleanup.run()
    cleanup.add(removed.append, "late")
    assert removed == ["late"]


def test_an_interrupted_run_starts_nothing_more_and_removes_what_was_made() -> None:
    removed: list[str] = []
    began, checked = threading.Event(), []

    def waits(aws: AwsAccount) -> None:
        aws.undo(removed.append, "queue")
        began.set()
        aws.wait_for(lambda: None, "what never comes", seconds=60)

    def later(_: AwsAccount) -> None:
        checked.append("later")

    run = ContractRun([made(waits), made(later)], target(), workers=1)
    interrupt = threading.Thread(target=lambda: (began.wait(10), run.interrupt()))
    interrupt.start()
    found = list(run.verdicts())
    interrupt.join()
    assert run.is_interrupted
    assert (found, removed, checked) == ([], ["queue"], [])
    assert not [thread.name for thread in threading.enumerate() if thread.name == "waits"]


def test_a_run_that_checked_nothing_does_not_hold() -> None:
    assert not all_hold(verdicts().values())
    found = verdicts(made(good, cloud="it takes a day"), real=True)
    assert (found["good"].outcome, found["good"].seen) == ("not checked", "it takes a day")
    assert not all_hold(found.values())


def test_a_known_gap_is_reported_and_must_go_once_the_behaviour_holds() -> None:
    found = verdicts(made(broken, gap="one is two here"), made(good, gap="it was otherwise"))
    assert (found["broken"].outcome, found["broken"].seen) == ("differs", "one is two here")
    assert (found["good"].outcome, found["good"].seen) == ("broken", "it holds, so its gap must go: it was otherwise")
    assert not all_hold(found.values())
    assert not all_hold([found["broken"]]), "a run of gaps alone shows nothing"


def test_on_a_real_account_a_gap_of_the_sandbox_is_no_excuse() -> None:
    assert verdicts(made(broken, gap="one is two here"), real=True)["broken"].outcome == "broken"


@pytest.mark.parametrize(
    ("sentence", "source", "says"), [("", SOURCE, "docstring is missing"), ("It.", "http://x.test/", "no page")]
)
def test_a_behaviour_without_a_sentence_or_a_source_is_refused(sentence: str, source: str, says: str) -> None:
    def check(_: AwsAccount) -> None: ...

    check.__doc__ = sentence
    with pytest.raises(ValueError, match=says):
        behaviour(service="lambda", source=source)(check)
