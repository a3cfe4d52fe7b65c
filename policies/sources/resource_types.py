"""What the SDK of a provider says of its resource types: which properties are texts, and which a program may give."""

import functools
import inspect
import typing
from typing import Any

import pulumi
from pulumi.runtime import rpc


@functools.cache
def text_properties(token: str) -> tuple[frozenset[str], frozenset[str]]:
    """The properties of a type whose value is a text, and those of all that a program may give.

    Both are empty for a type of no provider whose SDK the program has loaded.
    """
    kind = _class(token)
    if kind is None:
        return frozenset(), frozenset()
    constructor: Any = getattr(kind, "_internal_init", kind.__init__)
    taken = inspect.signature(constructor).parameters
    texts: set[str] = set()
    inputs: set[str] = set()
    for python_name, member in inspect.getmembers(kind, lambda one: isinstance(one, property)):
        name = getattr(member.fget, "_pulumi_name", None)
        if name is None:
            continue
        if python_name in taken:
            inputs.add(name)
        hint = typing.get_type_hints(member.fget, vars(inspect.getmodule(kind)), {"Output": pulumi.Output})["return"]
        if typing.get_args(hint) == (str,):
            texts.add(name)
    return frozenset(texts), frozenset(inputs)


def _class(token: str) -> Any:
    package, _, rest = token.partition(":")
    module = rpc.get_resource_module(package, rest.partition(":")[0], "")
    facts: Any = getattr(module, "mod_info", None)  # of every generated SDK
    name = facts and facts["classes"].get(token)
    return getattr(__import__(facts["fqn"], fromlist=[name]), name, None) if name else None
