"""Cold `scaleshop preview` against a bare import of the SDK modules that it loads, as a ratio (target: at most 2.5)."""

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNS = 7
PREVIEW = [str(BIN / "scaleshop"), "preview", "aws", "--engine", "embedded", "--json"]
# pulumi_aws puts lazy modules in `sys.modules` and runs one when an attribute of it is read; which ones a preview
# runs, it is asked itself.
LOADED = """
import atexit, json, sys, types
def names():
    top = [m for m in sys.modules if m.startswith("pulumi_aws.") and m.count(".") == 1]
    return sorted(m for m in top if type(sys.modules[m]) is types.ModuleType)
atexit.register(lambda: print(json.dumps(names()), file=sys.stderr))
from scaleshop.cli import main
sys.argv = ["scaleshop", "preview", "aws", "--engine", "embedded", "--json"]
main()
"""
BARE = """
import pulumi, pulumi_aws, sys, types
for name in %r:
    __import__(name)
    getattr(sys.modules[name], "absent", None)
    assert type(sys.modules[name]) is types.ModuleType, name
"""


def modules() -> list[str]:
    """The SDK's modules that a preview of the stack loads."""
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stderr.splitlines()[-1])


def spent(command: list[str]) -> tuple[float, float]:
    """Wall time and processor time of one run of a command that must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run the two in turn, so that a drift of the machine's speed meets both."""
    names = modules()  # also builds the dependency layer, which no later run does again
    bare = [sys.executable, "-c", BARE % names]
    spent(bare)
    pairs = [(spent(bare), spent(PREVIEW)) for _ in range(RUNS)]
    print(f"{len(names)} modules of the SDK, {RUNS} runs of each in turn")
    for index, kind in enumerate(("wall", "processor")):
        first, second = ([pair[side][index] for pair in pairs] for side in (0, 1))
        ratios = [b / a for a, b in zip(first, second, strict=True)]
        print(
            f"{kind:9}  bare import {statistics.median(first):5.2f} s  preview {statistics.median(second):5.2f} s  "
            f"ratio median {statistics.median(ratios):.2f}  min {min(ratios):.2f}  max {max(ratios):.2f}"
        )


if __name__ == "__main__":
    main()
