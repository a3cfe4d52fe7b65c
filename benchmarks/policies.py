"""All rules on the AWS stack, in the core and through the policy pack's process, and the core's growth with the stack.

Targets: below 50 ms in the core, and below 1 s in the process as Pulumi's engine asks it (each resource, then the
stack), start not included; 10,000 resources take some ten times as long as 1,000. Processor time is what counts where
the machine does other things too.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from policies.core.configuration import profile  # noqa: E402
from policies.core.evaluate import evaluate  # noqa: E402
from policies.core.exemptions import Exemptions  # noqa: E402
from policies.core.graph import ResourceGraph  # noqa: E402
from policies.core.registry import all_links, all_rules  # noqa: E402
from policies.core.resource import Resource  # noqa: E402
from policies.sources.mocks import capture  # noqa: E402
from scaleshop.project import find  # noqa: E402
from tests.policies.analyzing import serve_pack  # noqa: E402

STACK = "aws-prod"
SECRET = {"scaleshop:originVerify": '["one", "another"]'}
SIZES = (1_000, 3_000, 10_000)
RUNS = 5
PROFILE = profile("prod", all_rules())
TODAY = datetime.now(UTC).date()


def main() -> None:
    """Print medians of some runs, and how they grow with the stack."""
    shop = _shop()
    print(f"{len(all_rules())} rules on {STACK}, {len(shop)} resources, median of {RUNS} runs")
    wall, processor = _measured(lambda: _judge(shop))
    print(f"core     wall {wall * 1e3:7.1f} ms  processor {processor * 1e3:7.1f} ms (target 50)")
    _through_the_process(shop)
    seconds = {size: _measured(_judging(_copies(shop, size)))[1] for size in SIZES}
    for size, taken in seconds.items():
        times, ratio = size / SIZES[0], taken / seconds[SIZES[0]]
        print(f"{size:>6} resources  processor {taken * 1e3:7.1f} ms  {times:2.0f} x as many: {ratio:4.1f} x as long")


def _shop() -> Sequence[Resource]:
    project = find(ROOT)
    config = {**project.config(STACK), **SECRET}
    program = project.program / "__main__.py"
    return capture(
        program, project=project.name, stack=STACK, config=config, secret_config=list(SECRET), root=project.root
    )


def _judging(resources: Sequence[Resource]) -> Callable[[], None]:
    return lambda: _judge(resources)


def _judge(resources: Sequence[Resource]) -> None:
    evaluate(all_rules(), ResourceGraph(resources, all_links()), PROFILE, Exemptions(), today=TODAY)


def _through_the_process(resources: Sequence[Resource]) -> None:
    graph, started = ResourceGraph(resources, all_links()), time.perf_counter()
    with serve_pack(ROOT / "policies") as (pack, process):
        policies = len(pack.info().policies)
        print(f"process  {time.perf_counter() - started:.2f} s to start with {policies} policies")
        busy = psutil.Process(process.pid).cpu_times
        asks = {
            "each resource": lambda: [pack.resource(resource) for resource in resources],
            "the stack": lambda: pack.stack(graph),
        }
        taken = {name: _measured(ask, lambda: sum(busy()[:2])) for name, ask in asks.items()}
    for name, (wall, processor) in taken.items():
        print(f"process  wall {wall:5.2f} s  processor {processor:5.2f} s for {name}")
    wall, processor = (sum(part) for part in zip(*taken.values(), strict=True))
    print(f"process  wall {wall:5.2f} s  processor {processor:5.2f} s in all (target 1)")


def _copies(resources: Sequence[Resource], size: int) -> Sequence[Resource]:
    """A stack of some size made of copies that refer to resources of their own copy alone."""
    copies = range(-(-size // len(resources)))
    return [_copy(one, f"copy{number}") for number in copies for one in resources][:size]


def _copy(one: Resource, mark: str) -> Resource:
    return Resource(
        urn=f"{one.urn}-{mark}",
        type=one.type,
        properties=_renamed(one.value, mark),
        dependencies={name: [f"{urn}-{mark}" for urn in urns] for name, urns in one.dependencies.items()},
        parent=f"{one.parent}-{mark}" if one.parent else "",
        protect=one.protect,
    )


def _renamed(value: Any, mark: str) -> Any:
    # Names and ARNs end with what is random; what refers to them is the same text.
    if isinstance(value, str):
        return f"{value}-{mark}" if value.startswith("arn:") else value
    if isinstance(value, dict):
        return {name: _renamed(inner, mark) for name, inner in value.items()}
    return [_renamed(inner, mark) for inner in value] if isinstance(value, list) else value


def _measured(
    measured: Callable[[], object], processor: Callable[[], float] = time.process_time
) -> tuple[float, float]:
    """Wall time and processor time of one run, each the median of some; the latter of whom `processor` tells."""
    taken: list[tuple[float, float]] = []
    for _ in range(RUNS):
        started, busy = time.perf_counter(), processor()
        measured()
        taken.append((time.perf_counter() - started, processor() - busy))
    walls, processors = zip(*taken, strict=True)
    return statistics.median(walls), statistics.median(processors)


if __name__ == "__main__":
    main()
