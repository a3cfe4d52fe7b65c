"""A platform of trials is a folder: nothing outside names it, and one that is broken is named while the others work."""

import ast
import json
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from trials import platforms
from trials.chaos.experiments import experiments
from trials.chaos.platform import LASTING, MOMENTARY, Platform
from trials.platforms import PlatformFolderError, load_part, platform_names
from trials.proof import Proof, proofs

TRIALS = Path(platforms.__file__).parents[1]
# Services, SDKs and words that only one platform has, as they stand in code, texts and comments.
NAMES = {
    "aws": re.compile(
        r"(?i)(?<![a-z])(aws|amazon\w*|boto(3|core)?|arns?|lambdas?|sqs|sns|dynamo\w*|eventbridge|firehose|kinesis|iam|"
        r"ec2|cloud(watch|front|trail)|s3(?!\d)|api ?gateway|visibility ?timeout|(put|update|transact ?write) ?items?)"
        r"(?![a-z])"
    )
}
PROOF = """
from trials.proof import Observation, Proof
PROOF = Proof("toy-01", "a wall", "nothing falls", lambda guarded: {}, lambda lab: Observation(True, "stood"))
"""


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Every identifier, text and comment of a module or a file of data, with its line."""
    if file.suffix == ".json":
        yield from ((0, text) for text in leaves(json.loads(file.read_text("utf-8"))))
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        for value in vars(node).values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield getattr(node, "lineno", 0), re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", text)
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *leaves(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("platform", platform_names())
def test_nothing_outside_a_platforms_folder_names_it(platform: str) -> None:
    own = TRIALS / "platforms" / platform
    files = [file for file in TRIALS.rglob("*") if file.suffix in (".py", ".json") and not file.is_relative_to(own)]
    assert len(files) > 20
    found = {
        f"{file.relative_to(TRIALS)}:{line}: {match[0]}"
        for file in files
        for line, text in texts(file)
        if (match := NAMES[platform].search(text))
    }
    assert found == set()


def test_the_names_of_a_platform_are_seen_where_they_are() -> None:
    own = TRIALS / "platforms" / "aws" / "chaos.py"
    found = {match[0] for _, text in texts(own) if (match := NAMES["aws"].search(text))}
    assert found >= {"AWS", "dynamodb", "Put Item"}


@pytest.mark.parametrize("action", [*LASTING, *MOMENTARY])
def test_every_action_of_the_port_is_used_by_an_experiment(action: str) -> None:
    steps = [step for one in experiments().values() for step in (*one.method, *one.rollback)]
    assert action in {step.do for step in steps}
    assert "return" in get_type_hints(getattr(Platform, action))


@pytest.mark.parametrize("platform", platform_names())
@pytest.mark.parametrize("part", ["chaos", "lake", "proofs"])
def test_every_platform_has_its_parts(platform: str, part: str) -> None:
    assert load_part(platform, part)


def test_proofs_are_found_in_their_folder_by_rule() -> None:
    rules = [proof.rule for proof in proofs("aws")]
    assert rules == sorted(set(rules))
    assert len(rules) == len(list((TRIALS / "platforms" / "aws" / "proofs").glob("[!_]*.py")))


# -- folders that are broken ------------------------------------------------------------------------------------------

Make = Callable[..., None]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a platform's folder beside the others."""
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(tmp_path)])

    def write(**files: str) -> None:
        for name, text in {"__init__": "", **files}.items():
            file = tmp_path / "toy" / f"{name.replace('__in__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    yield write
    proofs.cache_clear()
    for name in [name for name in sys.modules if name.startswith(f"{platforms.__name__}.toy")]:
        del sys.modules[name]
    vars(platforms).pop("toy", None)


def test_another_platform_is_a_folder(make: Make) -> None:
    make(proofs__in____init__="", proofs__in__wall=PROOF)
    assert "toy" in platform_names()
    (found,) = proofs("toy")
    assert isinstance(found, Proof)
    assert found.rule == "toy-01"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "trials/platforms/toy lacks its part 'proofs'"),
        ({"__init__": "1 / 0"}, "trials/platforms/toy: its part 'proofs' can't be imported: ZeroDivisionError"),
        ({"proofs": ""}, "its part 'proofs' is a module; make it a folder"),
        (
            {"proofs__in____init__": "", "proofs__in__wall": "import no_such_sdk"},
            "its part 'proofs.wall' can't be imported: ModuleNotFoundError: No module named 'no_such_sdk'",
        ),
        (
            {"proofs__in____init__": "", "proofs__in__wall": PROOF.replace("PROOF =", "PROOFS =")},
            "wall.py has no PROOF",
        ),
    ],
    ids=["lacks proofs", "raises", "proofs is a module", "a proof raises", "a proof without PROOF"],
)
def test_a_broken_folder_is_named_and_the_others_work(make: Make, files: dict[str, str], message: str) -> None:
    make(**files)
    with pytest.raises(PlatformFolderError, match=re.escape(message)):
        proofs("toy")
    assert len(proofs("aws")) >= 10


def test_an_unknown_platform_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(PlatformFolderError, match="there is no platform 'moon' in trials/platforms; there are: aws"):
        proofs("moon")
