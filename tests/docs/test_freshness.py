"""What is committed and generated says what the code says."""

import subprocess
import sys

import pytest

from scripts import generate
from scripts.outputs_page import outputs_page
from stacks.aws.outputs import OUTPUTS

# One worker plans the stack once for all of them.


@pytest.mark.parametrize("path", sorted(generate.GENERATORS))
def test_a_generated_file_is_what_the_code_says(path: str) -> None:
    assert not generate.is_stale(path), f"{path} is stale; run `{generate.COMMAND}` and commit the result"


def test_a_stale_file_is_named_with_the_command_that_renews_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "GENERATORS", {"docs/reference/cli.md": lambda: "another text"})
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit) as stopped:
        generate.main()
    assert stopped.value.code == "stale: docs/reference/cli.md; run `make docs` and commit the result"


def test_an_output_without_a_meaning_stops_the_generator() -> None:
    with pytest.raises(SystemExit, match="differ in newOutput"):
        outputs_page("aws", {**dict.fromkeys(OUTPUTS, "text"), "newOutput": "text"})


def test_the_pages_are_the_same_whatever_the_hash_seed() -> None:
    code = "from scripts import generate as g; print(hash(''), end=''); print([g.GENERATORS[p]() for p in %r])"
    pages = [path for path in generate.GENERATORS if path.startswith("docs/reference/c")]
    made = {
        subprocess.run(
            [sys.executable, "-c", code % pages],
            cwd=generate.ROOT, env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True, text=True, check=True,
        ).stdout.lstrip("-0123456789")
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(made) == 1
