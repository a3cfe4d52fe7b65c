"""The service models that botocore ships, as far as checks read them.

They are read as files: importing botocore's own loader takes longer than all checks of a stack together.
"""

import gzip
import json
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
    return json.loads(gzip.decompress(data) if found[-1].suffix == ".gz" else data)


def input_shape(service: str, operation: str) -> str:
    """The name of an operation's input shape."""
    return str(load(service)["operations"][operation]["input"]["shape"])


@lru_cache(maxsize=1024)
def members(service: str, shape: str) -> Mapping[str, tuple[str, str]]:
    """A structure's members by lower-case name: their own name and shape."""
    found: Mapping[str, Any] = load(service)["shapes"][shape].get("members", {})
    return {name.lower(): (name, str(ref["shape"])) for name, ref in found.items()}


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern, None when it means something else in Python (models use Java's regular expressions)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(pattern)
        except (re.error, Warning):
            return None
