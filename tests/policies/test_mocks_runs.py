"""Running programs on mocks: modules and directories, lines, what they print, and how they fail."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from policies.core.values import SourceLine
from policies.sources.mocks import ProgramError, capture
from tests.policies.programs import capture_text, find_resource


@pytest.fixture
def run_text(tmp_path: Path) -> Any:
    return partial(capture_text, tmp_path)


def test_two_runs_give_the_same_resources(run_text: Any) -> None:
    text = "t = aws.sns.Topic('t')\naws.sns.TopicSubscription('s', topic=t.arn, protocol='sqs', endpoint=t.arn)\n"
    first, second = run_text(text), run_text(text)
    assert [(r.urn, r.value, r.trace) for r in first] == [(r.urn, r.value, r.trace) for r in second]


def test_traces_are_lines_of_the_program_innermost_first(run_text: Any, tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text("import pulumi_aws as aws\n\ndef queue(name):\n    return aws.sqs.Queue(name)\n")
    queue = find_resource(run_text("import parts\n\nparts.queue('orders')\n"), "orders")
    assert queue.trace == (SourceLine("parts.py", 4), SourceLine("__main__.py", 6))


def test_a_programs_modules_are_forgotten_and_nothing_else_changes(run_text: Any, tmp_path: Path) -> None:
    before = (list(sys.path), Path.cwd())
    part = tmp_path / "making.py"
    for name in ("one", "another"):
        part.write_text(f"import pulumi_aws as aws\naws.sqs.Queue('{name}')\n")
        part.touch()
        assert find_resource(run_text("import sys\nsys.dont_write_bytecode = True\nimport making"), name)
    assert (list(sys.path), Path.cwd()) == before
    assert "making" not in sys.modules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def f():\n    return 1 / 0\n\nf()", "__main__.py:5: the program failed: ZeroDivisionError: division by zero"),
        ("x = = 1", "__main__.py:4: the program failed: SyntaxError"),
        ("import nowhere_to_be_found", "__main__.py:4: the program failed: ModuleNotFoundError"),
        ("pulumi.Config().require('word')", "__main__.py:4: Missing required configuration variable"),
        ("raise pulumi.RunError('set the region')", "__main__.py:4: set the region"),
        ("import sys\nsys.exit(3)", "__main__.py:5: the program failed: SystemExit: 3"),
        ("aws.sqs.Queue('q')\naws.sqs.Queue('q')", "two resources are urn:pulumi:prod::shop::aws:sqs/queue:Queue::q"),
        ("pulumi.log.error('no quota')", "no quota"),
        ("aws.sqs.Queue('q').arn.apply(lambda arn: arn.nothing)", "__main__.py:4: the program failed: AttributeError"),
        ("async def main():\n    raise ValueError('late')\npulumi.run(main)", "__main__.py:5: the program failed"),
    ],
)
def test_a_program_that_fails_says_where_and_gives_no_traceback(run_text: Any, text: str, says: str) -> None:
    with pytest.raises(ProgramError) as failed:
        run_text(text)
    assert says in str(failed.value)
    assert "Traceback" not in str(failed.value)
    assert 'File "' not in str(failed.value)


def test_a_program_that_ends_itself_without_an_error_has_ended(run_text: Any) -> None:
    assert find_resource(run_text("aws.sqs.Queue('q')\nimport sys\nsys.exit(0)"), "q")


def test_what_a_program_prints_is_kept_out_of_standard_output(
    run_text: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run_text("print('hello')")
    assert capsys.readouterr() == ("", "hello\n")


def test_a_function_is_a_program_too() -> None:
    def program() -> None:
        pulumi.export("arn", aws.sqs.Queue("orders").arn)

    resources = capture(program, project="shop", stack="dev", config={}, root=Path(__file__).parents[2])
    line = program.__code__.co_firstlineno + 1
    assert find_resource(resources, "orders").place == SourceLine("tests/policies/test_mocks_runs.py", line)


def test_an_empty_program_has_only_its_stack(run_text: Any) -> None:
    assert [r.type for r in run_text("")] == ["pulumi:pulumi:Stack"]
