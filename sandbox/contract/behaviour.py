"""Behaviours of a cloud: a sentence, the documentation that says so, and a check of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

from sandbox.modules import import_modules

BehaviourCheck: TypeAlias = Callable[[Any], None]
"""Takes the scope of its target; raises `Broken` where the behaviour does not hold."""
SECONDS = 30.0
"""Within which a check must end."""


class Broken(AssertionError):  # noqa: N818 - it is a verdict
    """A behaviour that does not hold; the message says what was seen instead."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour of a cloud."""

    id: str
    """The name of its function."""
    sentence: str
    """The first line of its docstring."""
    service: str
    source: str
    """URL of the documentation that says so."""
    check: BehaviourCheck
    cloud: str = ""
    """Why it is not checked on a real account; empty if it is."""
    gap: str = ""
    """What the sandbox is known to do instead; empty where it must hold."""
    seconds: float = SECONDS


def behaviour(
    *, service: str, source: str, cloud: str = "", gap: str = "", seconds: float = SECONDS
) -> Callable[[BehaviourCheck], Behaviour]:
    """A decorator that makes a check a behaviour.

    Args:
        service: As the cloud's endpoints spell it.
        source: URL of the documentation that says so.
        cloud: Why it is not checked on a real account; empty if it is.
        gap: What the sandbox is known to do instead. It is checked all the same: once it holds, the gap must go.
        seconds: Within which the check must end; a real account has several times as long.

    Raises:
        ValueError: at import, when the sentence or the source is missing.
    """

    def decorate(check: BehaviourCheck) -> Behaviour:
        sentence = (check.__doc__ or "").strip().partition("\n")[0]
        if not sentence:
            msg = f"behaviour {check.__name__}: its docstring is missing; write what the cloud does in one sentence"
            raise ValueError(msg)
        if not source.startswith("https://"):
            msg = f"behaviour {check.__name__}: source '{source}' is no page; give the URL that says so"
            raise ValueError(msg)
        return Behaviour(check.__name__, sentence, service, source, check, cloud, gap, seconds)

    return decorate


def expect(condition: object, message: str) -> None:
    """Go on if the condition holds.

    Raises:
        Broken: it does not; `message` says what was seen instead.
    """
    if not condition:
        raise Broken(message)


def collect_behaviours(package: ModuleType, sources: tuple[str, ...]) -> tuple[Behaviour, ...]:
    """The behaviours of every module below a package, in the order of the modules' names and of lines.

    Args:
        package: Where the modules are.
        sources: How addresses of the cloud's own documentation begin.

    Raises:
        SandboxError: a module raises at import.
        ValueError: two have the same id, or one has a source that is not the cloud's.
    """
    modules = import_modules(package.__name__, package.__path__, "contract module")
    # Folders are services: what a module is called says where it stands.
    modules.sort(key=lambda module: (module.__name__.rpartition(".")[2], module.__name__))
    found = [behaviour for module in modules for behaviour in _behaviours_of(module)]
    for behaviour in found:
        if not behaviour.source.startswith(sources):
            msg = f"behaviour {behaviour.id}: source '{behaviour.source}' is not of the cloud's own documentation"
            raise ValueError(msg)
    return tuple(_require_distinct(found))


def _behaviours_of(module: ModuleType) -> list[Behaviour]:
    own = (value for value in vars(module).values() if isinstance(value, Behaviour))
    return [behaviour for behaviour in own if behaviour.check.__module__ == module.__name__]


def _require_distinct(behaviours: Iterable[Behaviour]) -> list[Behaviour]:
    by_id: dict[str, Behaviour] = {}
    for behaviour in behaviours:
        other = by_id.setdefault(behaviour.id, behaviour)
        if other is not behaviour:
            places = f"{other.check.__module__} and {behaviour.check.__module__}"
            msg = f"behaviour {behaviour.id} is in {places}; rename one"
            raise ValueError(msg)
    return list(by_id.values())
