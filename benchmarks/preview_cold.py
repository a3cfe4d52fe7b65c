"""Cold `scaleshop preview` against a bare import of the same SDK modules, as a ratio (target: at most 2.5)."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RUNS = 5
# The modules that stacks/aws_serverless.py touches; pulumi_aws loads them lazily.
MODULES = (
    "apigatewayv2 appautoscaling budgets cloudfront cloudwatch dynamodb iam kinesis lambda_ s3 scheduler "
    "secretsmanager sns sqs wafv2"
)
IMPORTS = f"import pulumi, pulumi_aws as aws\nfor m in {MODULES.split()!r}:\n    dir(getattr(aws, m))"


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Run the two in turn, so that a drift of the machine's speed meets both."""
    bare = [sys.executable, "-c", IMPORTS]
    preview = [str(BIN / "scaleshop"), "preview", "aws", "--json"]
    seconds(preview)  # the first builds the dependency layer
    pairs = [(seconds(bare), seconds(preview)) for _ in range(RUNS)]
    ratios = [b / a for a, b in pairs]
    print(f"bare import   median {statistics.median(a for a, _ in pairs):6.2f} s")
    print(f"cold preview  median {statistics.median(b for _, b in pairs):6.2f} s")
    print(f"ratio         median {statistics.median(ratios):6.2f}   min {min(ratios):.2f}   max {max(ratios):.2f}")


if __name__ == "__main__":
    main()
