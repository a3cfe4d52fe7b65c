"""docs/reference/<architecture>/contract.md: what a cloud does, where it says so, and how it is checked."""

from collections.abc import Iterable
from itertools import groupby

from sandbox.contract.behaviour import Behaviour
from scaleshop.architectures.base import Architecture
from scripts.tables import page, table

INTRODUCTION = """\
`scaleshop sandbox check {name}` checks each of these on a sandbox of its own; the tests run it, and a behaviour that
does not hold there fails them. `--target cloud` checks the same on a real account: everything it makes is named and
tagged `scaleshop-contract-<run>` and removed. Where the sandbox is known to differ, the difference is written here, and
the check fails once it is gone. Where the last column has a reason, the behaviour is checked in the sandbox alone.

The source is the page of {cloud}'s documentation that says so."""
COLUMNS = ("behaviour", "source", "sandbox", "on an account")


def contract_page(architecture: Architecture) -> str:
    """The page of an architecture."""
    found = sorted(architecture.behaviours(), key=lambda behaviour: behaviour.service)
    by_service = {service: list(them) for service, them in groupby(found, key=lambda behaviour: behaviour.service)}
    differ = sum(bool(behaviour.gap) for behaviour in found)
    real = sum(not behaviour.cloud for behaviour in found)
    counted = (
        f"{len(found)} behaviours: {len(found) - differ} hold in the sandbox, {differ} are known to differ; "
        f"{real} can be checked on an account."
    )
    sections = [f"## {service}\n\n{_rows(them)}" for service, them in by_service.items()]
    introduction = INTRODUCTION.format(name=architecture.name, cloud=architecture.cloud)
    return page(f"What {architecture.cloud} does", introduction, counted, *sections)


def _rows(found: Iterable[Behaviour]) -> str:
    return table(
        COLUMNS,
        [
            [
                behaviour.sentence,
                f"[{_title(behaviour.source)}]({behaviour.source})",
                f"differs: {behaviour.gap}" if behaviour.gap else "holds",
                behaviour.cloud or "checked",
            ]
            for behaviour in found
        ],
    )


def _title(source: str) -> str:
    """The name of a page: the end of its address."""
    return source.rstrip("/").rpartition("/")[2].partition("#")[0].removesuffix(".html")
