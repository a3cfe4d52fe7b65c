"""The graph of a stack's resources: who refers to whom, by dependency first, then by value."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError, has_unknown, iterate_texts

T = TypeVar("T")
_DEEPEST = 8
"""References followed from what stands for another resource to that one; more is a circle."""


@dataclass(frozen=True, slots=True)
class Links:
    """How the resources of a platform refer to each other, as data."""

    identities: tuple[str, ...]
    """Properties whose value names a resource: its id, its name, its address."""
    assigned: tuple[str, ...] = ()
    """Of these, what the cloud gives everything that it makes, besides the `id`."""
    follows: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Types that stand for another resource -> the property that names it, and its type."""


class ResourceGraph:
    """All resources of a stack. Every lookup is indexed once, so that a rule costs what it looks at."""

    def __init__(self, resources: Iterable[Resource], links: Sequence[Links] = ()) -> None:
        """Index resources.

        Args:
            resources: All of a stack, components included.
            links: Of each platform.
        """
        self.resources = tuple(resources)
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._identities = tuple(dict.fromkeys(name for link in links for name in link.identities))
        self._follows = {type_: followed for link in links for type_, followed in link.follows.items()}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._children: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)
            self._children[resource.parent].append(resource)
        self._by_identity = self._index_identities()
        self._once: dict[Any, Any] = {}
        # A value that names nothing may name one of these.
        self._veiled = {r.type for r in self.resources if any(r.value.get(n) is UNKNOWN for n in self._identities)}

    def of_type(self, *types: str) -> Sequence[Resource]:
        """The resources of some types, in the program's order within each."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def compute_once(self, key: str, compute: Callable[[], T]) -> T:
        """What a rule computes over the whole graph, computed once."""
        if key not in self._once:
            self._once[key] = compute()
        return self._once[key]

    def targets(self, resource: Resource, path: str, *types: str) -> Sequence[Resource]:
        """The resources of some types that a property refers to, directly or through what stands for them.

        Args:
            resource: Whose property it is.
            path: Of the property; below the first name, and in JSON documents, only values can tell.
            types: What is looked for.

        Raises:
            NotEvaluatedError: the property is unknown and nothing else tells what it refers to.
        """
        return self._targets(resource, path, types, 0)

    def target(self, resource: Resource, path: str, *types: str) -> Resource | None:
        """The one resource of some types that a property refers to, None when it is not of this stack.

        Raises:
            NotEvaluatedError: it is unknown, or there are several and nothing tells which.
        """
        found = self.targets(resource, path, *types)
        if len(found) > 1:
            raise NotEvaluatedError(f"{resource.name}.{path} could refer to any of {len(found)} resources")
        return found[0] if found else None

    def target_within(self, resource: Resource, path: str, part: Callable[[str], str], *types: str) -> Resource | None:
        """The resource that a part of a text names, by dependency first, then by value; None when not of this stack.

        Args:
            resource: Whose property it is.
            path: Of the property, at the top level: a text such as `targets/<name>`.
            part: Cuts the name out of the text.
            types: What is looked for.

        Raises:
            NotEvaluatedError: the property is unknown, or it depends on several and does not tell which.
        """
        if not resource.has(path):
            return None
        value = part(resource.text(path)) if resource.is_known(path) else UNKNOWN
        properties = {path: value}
        cut = Resource(urn=resource.urn, type=resource.type, properties=properties, dependencies=resource.dependencies)
        return self.target(cut, path, *types)

    def referrers(self, target: Resource, type_: str, path: str, *types: str) -> Sequence[Resource]:
        """The resources of one type whose property refers to a resource.

        Args:
            target: What they refer to.
            type_: Of the referring resources.
            path: Of their property.
            types: What the property may refer to (default the target's type).

        Raises:
            NotEvaluatedError: one of that type refers to something unknown, which could be this one.
        """
        wanted = types or (target.type,)
        found, lost = self.compute_once(f"{type_}|{path}|{wanted}", lambda: self._index_referrers(type_, path, wanted))
        if lost:
            raise NotEvaluatedError(lost)
        return found.get(target.urn, ())

    def _index_referrers(self, type_: str, path: str, types: Sequence[str]) -> tuple[Mapping[str, list[Resource]], str]:
        found: dict[str, list[Resource]] = defaultdict(list)
        lost = ""
        for resource in self._by_type.get(type_, ()):
            try:
                for target in self.targets(resource, path, *types):
                    found[target.urn].append(resource)
            except NotEvaluatedError as error:
                lost = lost or f"what {resource!r} refers to by {path}: {error}"
        return found, lost

    def _targets(self, resource: Resource, path: str, types: Sequence[str], depth: int) -> Sequence[Resource]:
        value = resource.raw(path)
        if value is None or value == "":
            return ()
        owned = self._find_by_dependency(resource, path.split(".", 1)[0], types, depth)
        named = self._follow(self._find_by_value(value), types, depth)
        found = [one for one in named if one in owned] or named or owned
        if found:
            return found
        if has_unknown(value):
            if self._comes_from_others(resource, path, types):
                return ()
            raise NotEvaluatedError(f"{resource.name}.{path} is not known")
        if not self._veiled.isdisjoint((*types, *self._types_standing_for(types))):
            raise NotEvaluatedError(f"{resource.name}.{path} could refer to a resource whose own name is not known")
        return ()

    def _find_by_dependency(
        self, resource: Resource, name: str, types: Sequence[str], depth: int
    ) -> Sequence[Resource]:
        behind = [self._by_urn[urn] for urn in resource.dependencies.get(name, ()) if urn in self._by_urn]
        found = self._follow(behind, types, depth)
        if found:
            return found
        # The output of a remote component depends on the component alone: its child is meant when there is but one.
        children = [child for one in behind for child in self._descendants(one) if child.type in types]
        return children if len(children) == 1 else ()

    def _comes_from_others(self, resource: Resource, path: str, types: Sequence[str]) -> bool:
        """Whether an unknown value is known to come from resources of other types alone.

        Of a JSON text that is unknown as a whole it is not: what it depends on need not be what the path leads to.
        """
        name, *below = path.split(".", 1)
        if below and resource.raw(name) is UNKNOWN:
            return False
        urns = resource.dependencies.get(name, ())
        return bool(urns) and all(self._is_other(urn, types) for urn in urns)

    def _is_other(self, urn: str, types: Sequence[str]) -> bool:
        known = self._by_urn.get(urn)
        return known is not None and not self._children.get(urn) and known.type not in self._types_standing_for(types)

    def _types_standing_for(self, types: Sequence[str]) -> Iterable[str]:
        """The types that stand for one of some types."""
        return [type_ for type_, (_, followed) in self._follows.items() if followed in types]

    def _follow(self, resources: Iterable[Resource], types: Sequence[str], depth: int) -> Sequence[Resource]:
        found: dict[str, Resource] = {}
        for resource in resources:
            if resource.type in types:
                found[resource.urn] = resource
                continue
            path, type_ = self._follows.get(resource.type, ("", ""))
            if type_ in types and depth < _DEEPEST:
                found |= {one.urn: one for one in self._targets(resource, path, [type_], depth + 1)}
        return list(found.values())

    def _find_by_value(self, value: Any) -> Iterable[Resource]:
        return [resource for text in iterate_texts(value) for resource in self._by_identity.get(text, ())]

    def _descendants(self, resource: Resource) -> Iterable[Resource]:
        for child in self._children.get(resource.urn, ()):
            yield child
            yield from self._descendants(child)

    def _index_identities(self) -> Mapping[str, list[Resource]]:
        named: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            values = (resource.value.get(name) for name in self._identities)
            for text in dict.fromkeys(value for value in values if isinstance(value, str) and value):
                named[text].append(resource)
        return named
