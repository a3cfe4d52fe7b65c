"""Inputs and options as Pulumi delivers them to a component."""

from typing import overload

import pulumi
from pulumi import Input, Output, ResourceOptions


@overload
def to_int(value: None) -> None: ...
@overload
def to_int(value: Input[int]) -> Input[int]: ...
def to_int(value: Input[int] | None) -> Input[int] | None:
    """The value as an int, now if it is known, else when it will be.

    Other languages and mocks hand a component 60.0 where Python hands it 60.
    """
    if value is None:
        return None
    if isinstance(value, int | float):
        return int(value)
    return Output.from_input(value).apply(int)


def require_int(field: str, value: Input[int] | None, default: int = 0) -> int:
    """A number that a constructor must reason about.

    Args:
        field: Component and input, for the error: `SqsQueue 'orders': consumer_timeout`.
        value: What was given.
        default: What is meant where nothing was.

    Raises:
        TypeError: the value is an Output, which can't be judged before the program has run.
    """
    if value is None:
        return default
    if isinstance(value, pulumi.Output):
        msg = f"{field} is compared with other inputs when the component is built; give a plain number, not an Output."
        raise TypeError(msg)
    return int(value)  # type: ignore[arg-type]


def with_former_type(name: str, opts: ResourceOptions | None) -> ResourceOptions:
    """The options of a component whose class was called `name`, so that states of that time are taken over as they are.

    A component's type is part of its children's URNs; they inherit the alias:
    https://www.pulumi.com/docs/iac/concepts/options/aliases/
    """
    return ResourceOptions.merge(opts, ResourceOptions(aliases=[pulumi.Alias(type_=f"scaleshop:index:{name}")]))
