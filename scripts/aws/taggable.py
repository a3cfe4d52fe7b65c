"""The list of AWS resource types that carry tags, from the source of pulumi-aws.

Run: .venv/bin/python scripts/generate.py
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_aws

_SDK = Path(pulumi_aws.__file__).parent
_TOKEN = re.compile(r'@pulumi\.type_token\("(aws:[^"]+)"\)')
# A type with tags of its own also has `tagsAll`; a mapping, unlike the list of an autoscaling group.
_TAGS = re.compile(r"def tags_all\(self\) -> pulumi\.Output\[Mapping\[str, _builtins\.str\]\]:")


def taggable() -> str:
    """The tokens, one a line."""
    return "".join(f"{token}\n" for token in sorted(_tokens()))


def _tokens() -> Iterator[str]:
    for path in sorted(_SDK.glob("*/*.py")):
        text = path.read_text("utf-8")
        if _TAGS.search(text):
            yield from _TOKEN.findall(text)
