"""Property tests: the wire codec gives back what it got; paths and URNs follow their grammar."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.crypter import Crypter
from engine.property_paths import restore_paths, split_path
from engine.urns import urn_name, urn_type
from engine.wire import from_struct, has_secret, secret, to_struct, unwrap

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(leaves, lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=15)
bags = st.dictionaries(st.text(), values)
CRYPTER = Crypter("open sesame", Crypter("open sesame").salt)  # its key is derived now, and in no example


@given(bags)
def test_a_bag_survives_the_wire(bag: dict[str, Any]) -> None:
    assert from_struct(to_struct(bag)) == bag


@given(values)
def test_a_secret_survives_sealing(value: Any) -> None:
    sealed = CRYPTER.seal({"s": secret(value)})
    assert not value or str(value) not in sealed["s"]["ciphertext"] or len(str(value)) < 8
    opened = CRYPTER.open(sealed)
    assert has_secret(opened)
    assert unwrap(opened) == {"s": unwrap(value)}


@given(bags)
def test_ignoring_everything_keeps_the_old_inputs(olds: dict[str, Any]) -> None:
    assert restore_paths({"new": 1}, olds, ["*"]) == olds


def test_paths_have_keys_indexes_and_quotes() -> None:
    assert split_path('a.b[0]["c.d"]') == ["a", "b", 0, "c.d"]


@given(st.text(min_size=1))
def test_a_name_may_hold_colons(name: str) -> None:
    urn = f"urn:pulumi:dev::demo::a:b:C$mini:index:Queue::{name}"
    assert urn_name(urn) == name
    assert urn_type(urn) == "mini:index:Queue"
