"""The service models that botocore ships: operations, shapes and their members, as far as checks read them.

They are read as files: importing botocore's own loader takes longer than all checks of a stack together.
"""

import gc
import gzip
import json
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NESTED = re.compile(r"[*+][^()]*\)[*+{]")
Shapes = Mapping[str, Mapping[str, Any]]


@lru_cache
def load(service: str) -> Mapping[str, Any]:
    """The newest model of a service.

    Raises:
        LookupError: botocore has no such service.
    """
    spec = find_spec("botocore")
    roots = (spec.submodule_search_locations or []) if spec else []
    found = sorted(p for root in roots for p in (Path(root) / "data" / service).glob("*/service-2.json*"))
    if not found:
        msg = f"botocore ships no model of '{service}'"
        raise LookupError(msg)
    data = found[-1].read_bytes()
    text = gzip.decompress(data) if found[-1].suffix == ".gz" else data
    collecting = gc.isenabled()
    gc.disable()  # many small dictionaries would set off collections of all that the program has imported
    try:
        return json.loads(text)
    finally:
        if collecting:
            gc.enable()


def input_shape(service: str, operation: str) -> str:
    """The name of an operation's input shape."""
    return str(load(service)["operations"][operation]["input"]["shape"])


@lru_cache(maxsize=1024)
def member(service: str, shape: str, route: str) -> tuple[str, str] | None:
    """The member at a dotted route below a shape, its outermost name and its shape; `[]` steps into a list."""
    outer, shapes = "", load(service)["shapes"]
    for part in route.split("."):
        if part == "[]":
            shape = str(shapes[shape]["member"]["shape"])
            continue
        found = members(service, shape).get(part.lower())
        if found is None:
            return None
        outer, shape = outer or found[0], found[1]
    return outer, shape


@lru_cache(maxsize=1024)
def members(service: str, shape: str) -> Mapping[str, tuple[str, str]]:
    """A structure's members by lower-case name: their own name and shape."""
    found: Mapping[str, Any] = load(service)["shapes"][shape].get("members", {})
    return {name.lower(): (name, str(ref["shape"])) for name, ref in found.items()}


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    r"""A model's pattern, None when it means something else in Python (models use Java's regular expressions).

    Letters, separators and digits of all scripts are `\w` and `\s` here, which take a little more.
    Patterns that repeat what repeats are left out: a text that does not fit one can take Python minutes.
    """
    if NESTED.search(pattern):
        return None
    pattern = pattern.replace(r"\p{L}\p{Z}\p{N}_", r"\w\s")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(pattern)
        except (re.error, Warning):
            return None
