"""No file outside a platform's own folders names that platform: adding one is adding folders."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaleshop.architectures import registry

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("apps", "components", "engine", "policies", "sandbox", "scaleshop", "scripts", "stacks", "trials")
# Services, SDKs, tokens and words that only one platform has.
NAMES = {
    "aws": re.compile(
        r"(?i)(?<![a-z])(aws|amazon\w*|boto(3|core)|arns?|lambdas?|sqs|sns|dynamo\w*|eventbridge|cloudwatch|cloudfront|"
        r"firehose|kinesis|ministack|s3|iam)(?![a-z])"
    )
}
# The one place that says which architecture is meant where none is named.
DEFAULT = ("scaleshop/architectures/registry.py", registry.DEFAULT)


def platform_folders(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|/)({name}|{name}_\w+|{name}-\w+)(/|\.py$)")


def files(name: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *PRODUCT], cwd=ROOT, capture_output=True, text=True, check=True)
    own = platform_folders(name)
    return [path for path in listed.stdout.splitlines() if path.endswith(".py") and not own.search(path)]


def words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier, import and text of a module, with its line."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Constant(value=str(text)):
                yield line, text
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text) | ast.alias(name=text):
                yield line, spell(text)
            case ast.ImportFrom(module=str(text)):
                yield line, spell(text)
            case ast.FunctionDef(name=text) | ast.ClassDef(name=text) | ast.keyword(arg=str(text)):
                yield line, spell(text)
            case _:
                pass


def spell(identifier: str) -> str:
    """The words of an identifier: `AwsPackage` and `aws_package` are `aws package`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", identifier)


def mentions(name: str) -> list[str]:
    found: list[str] = []
    for path in files(name):
        for line, text in words(ast.parse((ROOT / path).read_text("utf-8"))):
            match = NAMES[name].search(text)
            if match and (path, text) != DEFAULT:
                found.append(f"{path}:{line}: {match[0]}")
    return sorted(set(found))


@pytest.mark.parametrize("name", registry.names())
def test_no_file_outside_a_platforms_folders_names_it(name: str) -> None:
    assert mentions(name) == []
