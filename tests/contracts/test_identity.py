"""Type, name and parent of every child are a promise: a change deletes and makes anew what holds data."""

import pytest
from contract_examples import ARGS, NAME, children, components, example
from contract_snapshots import REGENERATE, committed, identity


def test_every_component_has_an_example() -> None:
    assert sorted(ARGS) == sorted(components())


def test_no_child_changed_its_type_name_or_parent() -> None:
    now, then = identity(), committed("identity.json")
    gone = {name: lost for name in then if (lost := sorted(set(then[name]) - set(now.get(name, []))))}
    new = {name: more for name in now if (more := sorted(set(now[name]) - set(then.get(name, []))))}
    assert now == then, (
        f"identities changed; gone: {gone}, new: {new}. What is gone is deleted from live stacks unless an alias "
        f"names it. If that is meant, {REGENERATE}."
    )


@pytest.mark.parametrize("component", sorted(ARGS))
def test_a_preview_knows_the_same_children(component: str) -> None:
    assert _lines(component, preview=True) == _lines(component, preview=False)


@pytest.mark.parametrize("component", sorted(ARGS))
def test_children_are_named_after_their_component(component: str) -> None:
    strangers = [r.name for r in children(example(component)) if r.name != NAME and not r.name.startswith(f"{NAME}-")]
    assert strangers == []


def _lines(component: str, *, preview: bool) -> list[str]:
    return sorted(f"{r.parent_type} {r.type} {r.name}" for r in children(example(component, preview=preview)))
