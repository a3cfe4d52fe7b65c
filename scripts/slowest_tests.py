"""Print the slowest tests and files of a run of the tests.

Run: .venv/bin/python scripts/slowest_tests.py JUNIT_XML (`make slowest`)
"""

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

SHOWN = 20


def describe_slowest(report: Path) -> str:
    """The slowest tests, and the files with the most seconds, of a JUnit report that pytest wrote.

    Args:
        report: Its file; a test's time is that of its setup, call and teardown, in seconds.
    """
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - this project's own file
    times = Counter[tuple[str, str]]()
    for case in cases:
        times[case.get("classname", ""), case.get("name", "")] += float(case.get("time", 0))  # pyright: ignore[reportArgumentType]
    files = Counter[str]()
    for (file, _), seconds in times.items():
        files[file] += seconds  # pyright: ignore[reportArgumentType]
    tests = [f"{seconds:7.1f} s  {file}::{name}" for (file, name), seconds in times.most_common(SHOWN)]
    whole = [f"{seconds:7.1f} s  {file}" for file, seconds in files.most_common(SHOWN)]
    return "\n".join([*tests, "", "By file, where workers take whole ones:", *whole])


def main() -> None:
    """Print them, or say that there was no run."""
    report = Path(sys.argv[1])
    if not report.is_file():
        sys.exit(f"{report} is not there; run `make test` first")
    sys.stdout.write(f"{describe_slowest(report)}\n")


if __name__ == "__main__":
    main()
