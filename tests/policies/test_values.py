"""Reading properties: what is unknown is never taken for absent, what is malformed never breaks a rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.core.values import UNKNOWN, NotEvaluatedError, PropertyNode

QUEUE = PropertyNode(
    {
        "timeout": 30.0,
        "spelled": "45",
        "empty": "",
        "nothing": None,
        "hidden": UNKNOWN,
        "on": "True",
        "policy": '{"maxReceiveCount": 5, "deep": [{"key": "a"}]}',
        "broken": "{not json",
        "part": {"known": 1, "hidden": UNKNOWN},
        "list": [{"n": 1}, UNKNOWN],
        "one": {"n": 7},
        "names": ["a", "b"],
    },
    "orders",
)


def test_numbers_are_read_from_numbers_and_texts_and_fall_back_only_when_nothing_is_given() -> None:
    assert (QUEUE.number("timeout"), QUEUE.number("spelled")) == (30, 45)
    assert [QUEUE.number(path, 3) for path in ("empty", "nothing", "absent", "part.absent")] == [3, 3, 3, 3]


def test_a_path_goes_through_json_text_and_lists() -> None:
    assert QUEUE.number("policy.maxReceiveCount") == 5
    assert QUEUE.text("policy.deep.0.key") == "a"
    assert QUEUE.raw("policy.deep.7.key") is None
    assert QUEUE.keys("policy") == ("maxReceiveCount", "deep")


@pytest.mark.parametrize("path", ["hidden", "hidden.below", "part.hidden"])
def test_what_is_unknown_is_given_but_never_read(path: str) -> None:
    assert QUEUE.has(path)
    assert not QUEUE.is_known(path)
    for read in (QUEUE.number, QUEUE.text, QUEUE.flag, QUEUE.nodes, QUEUE.texts, QUEUE.keys):
        with pytest.raises(NotEvaluatedError, match=f"orders.{path} is not known"):
            read(path)


def test_the_known_part_of_a_value_is_read_and_the_unknown_named() -> None:
    first, second = QUEUE.nodes("list")
    assert first.number("n") == 1
    with pytest.raises(NotEvaluatedError, match=r"orders\.list\[1\]\.n is not known"):
        second.number("n")


def test_an_object_is_a_list_of_one_and_a_text_a_list_of_texts() -> None:
    assert [node.number("n") for node in QUEUE.nodes("one")] == [7]
    assert QUEUE.texts("names") == ("a", "b")
    assert QUEUE.texts("spelled") == ("45",)
    assert QUEUE.nodes("absent") == ()


@pytest.mark.parametrize(
    ("read", "path", "says"),
    [
        (QUEUE.number, "names", "orders.names is no number"),
        (QUEUE.number, "on", "orders.on is no number"),
        (QUEUE.number, "absent", "orders.absent is no number"),
        (QUEUE.flag, "spelled", "orders.spelled is neither true nor false"),
        (QUEUE.text, "names", "orders.names is no text"),
        (QUEUE.raw, "broken.key", "orders.broken is no JSON document"),
        (QUEUE.keys, "names", "orders.names is no object"),
    ],
)
def test_what_is_malformed_is_named_and_its_value_is_not_shown(read, path: str, says: str) -> None:
    with pytest.raises(NotEvaluatedError) as error:
        read(path)
    assert str(error.value) == says


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(value=st.dictionaries(st.sampled_from("abc"), JSON), path=st.text("abc.01", max_size=6))
def test_any_value_at_any_path_is_read_or_not_evaluated(value: object, path: str) -> None:
    node = PropertyNode(value, "any")
    for read in (node.number, node.text, node.flag, node.nodes, node.texts, node.keys, node.raw, node.has):
        try:
            read(path)
        except NotEvaluatedError:
            continue
