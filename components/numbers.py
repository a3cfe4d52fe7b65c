"""Whole numbers as Pulumi delivers them: other languages and mocks hand a component 60.0 where Python hands 60."""

from typing import overload

import pulumi
from pulumi import Input, Output


@overload
def whole(value: None) -> None: ...
@overload
def whole(value: Input[int]) -> Input[int]: ...
def whole(value: Input[int] | None) -> Input[int] | None:
    """The value as an int, now if it is known, else when it will be."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return int(value)
    return Output.from_input(value).apply(int)


def known(value: Input[int] | None, default: int) -> int:
    """A number that a constructor must reason about.

    Raises:
        TypeError: the value is an Output, which can't be judged before the program has run.
    """
    if value is None:
        return default
    if isinstance(value, pulumi.Output):
        msg = "this input is compared with another one when the component is built; give a plain number, not an Output"
        raise TypeError(msg)
    return int(value)  # type: ignore[arg-type]
