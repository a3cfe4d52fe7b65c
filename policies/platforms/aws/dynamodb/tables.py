"""What rules ask about DynamoDB tables: how their capacity is billed and what scales it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE

# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
ACCESSES: Mapping[str, tuple[str, str]] = {
    f"dynamodb:{kind}:{access}CapacityUnits": (kind, access)
    for kind in ("table", "index")
    for access in ("Read", "Write")
}
"""Scalable dimension -> whether it is of a table or an index, and which capacity it is."""
CAPACITIES = frozenset({"Read", "Write"})


@dataclass(frozen=True, slots=True)
class _Scaling:
    """What targets, or policies, scale: (table, index or nothing) -> capacities."""

    found: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    lost: list[str] = field(default_factory=list[str])
    """Why it is not known what some scale."""
    lost_indexes: list[str] = field(default_factory=list[str])
    """The same of those that scale an index of a table."""


def is_on_demand(table: Resource) -> bool:
    """Whether a table takes what comes and bills it.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    return table.text("billingMode", "PROVISIONED") == "PAY_PER_REQUEST"


def scaled_capacities(table: Resource, graph: ResourceGraph, index: str = "") -> frozenset[str]:
    """The capacities (`Read`, `Write`) of a table, or of one of its indexes, that have a scalable target and a policy.

    Raises:
        NotEvaluatedError: a target or a policy is unknown and could be this one's.
    """
    kinds = [
        graph.compute_once(f"{type_} placed", lambda type_=type_: _find_scaling(type_, graph))
        for type_ in (SCALING_TARGET, SCALING_POLICY)
    ]
    lost = [why for kind in kinds for why in (*kind.lost[:1], *(kind.lost_indexes[:1] if index else ()))]
    if lost:
        raise NotEvaluatedError(lost[0])
    return CAPACITIES.intersection(*(kind.found.get((table.urn, index), set()) for kind in kinds))


def _find_scaling(type_: str, graph: ResourceGraph) -> _Scaling:
    scaled = _Scaling()
    for scaling in graph.of_type(type_):
        try:
            kind, access = _capacity(scaling, graph)
        except NotEvaluatedError as error:
            scaled.lost.append(f"what {scaling!r} scales: {error}")
            continue
        if not access:
            continue
        try:
            table, index = _scaled_table(scaling, kind, graph)
        except NotEvaluatedError as error:
            (scaled.lost_indexes if kind == "index" else scaled.lost).append(f"what {scaling!r} scales: {error}")
            continue
        if table is not None:
            scaled.found[table.urn, index].add(access)
    return scaled


def _capacity(scaling: Resource, graph: ResourceGraph) -> tuple[str, str]:
    source = _source(scaling, "scalableDimension", graph)
    return ACCESSES.get(source.text("scalableDimension"), ("", ""))


def _scaled_table(scaling: Resource, kind: str, graph: ResourceGraph) -> tuple[Resource | None, str]:
    source = _source(scaling, "resourceId", graph)
    table = graph.target_within(source, "resourceId", _table_name, TABLE)
    return table, source.text("resourceId").partition("/index/")[2] if table and kind == "index" else ""


def _source(scaling: Resource, path: str, graph: ResourceGraph) -> Resource:
    """Who says it: a policy that passes on a property of its target says no more than the target does."""
    if scaling.type != SCALING_POLICY or scaling.raw(path) is not UNKNOWN:
        return scaling
    behind = graph.targets(scaling, path, SCALING_TARGET, TABLE)[0]
    return behind if behind.type == SCALING_TARGET else scaling


def _table_name(resource_id: str) -> str:
    return resource_id.removeprefix("table/").partition("/index/")[0]
