"""Cold `scaleshop preview` against a bare import of the SDK modules that it loads, as a ratio (target: at most 2.5)."""

import json
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


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Run the two in turn, so that a drift of the machine's speed meets both."""
    names = modules()  # also builds the dependency layer, which no later run does again
    bare = [sys.executable, "-c", BARE % names]
    seconds(bare)
    pairs = [(seconds(bare), seconds(PREVIEW)) for _ in range(RUNS)]
    ratios = [b / a for a, b in pairs]
    print(f"bare import   median {statistics.median(a for a, _ in pairs):6.2f} s  ({len(names)} modules)")
    print(f"cold preview  median {statistics.median(b for _, b in pairs):6.2f} s")
    print(f"ratio         median {statistics.median(ratios):6.2f}   min {min(ratios):.2f}   max {max(ratios):.2f}")


if __name__ == "__main__":
    main()
