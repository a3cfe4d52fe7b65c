"""Resources as Pulumi's policy SDK hands them out, and changes to them as it takes them back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from policies.core.graph import Links
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, has_unknown
from policies.sources.property_bags import UNKNOWN_TEXTS

# `pulumi policy analyze --file` puts this in the place of a secret that it cannot open, whatever its type:
# https://www.pulumi.com/docs/iac/cli/commands/pulumi_policy_analyze/
REDACTED = "[secret]"
_UNREADABLE = UNKNOWN_TEXTS | {REDACTED}


def read_resource(args: ResourceValidationArgs) -> Resource:
    """The one resource of a resource policy: its inputs, and no dependencies, which the engine does not tell here."""
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        properties=_properties(args.props),
        parent=args.opts.parent or "",
        protect=args.opts.protect,
    )


def read_resources(resources: Iterable[PolicyResource], links: Sequence[Links]) -> Iterator[Resource]:
    """The resources of a stack policy: their outputs and what each property depends on."""
    assigned = {"id", *(name for link in links for name in link.assigned)}
    for one in resources:
        yield Resource(
            urn=one.urn,
            type=one.resource_type,
            properties=_with_identity(_properties(one.props), assigned),
            dependencies={name: [d.urn for d in behind] for name, behind in one.property_dependencies.items()},
            parent=one.parent.urn if one.parent else "",
            protect=one.opts.protect,
        )


def to_plain(value: Any) -> Any:
    """A value without the SDK's proxies: `UNKNOWN` for what they refuse to tell, for assets and for sealed secrets."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNREADABLE else value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {name: to_plain(_read_item(mapping, name)) for name in mapping}
    if isinstance(value, Sequence):
        items = cast("Sequence[Any]", value)
        return [to_plain(_read_item(items, index)) for index in range(len(items))]
    return UNKNOWN if isinstance(value, pulumi.Asset | pulumi.Archive) else value


def put(properties: Any, changes: Mapping[str, Any]) -> bool:
    """Change properties of a remediation in place, so that what was secret stays so; whether anything changed.

    Left alone are values that are not known, for which the SDK gives a text of its own here, and lists, whose secret
    elements a new list would lay open.
    """
    changed = False
    for name, value in changes.items():
        present: Any = properties.get(name)
        if isinstance(value, Mapping) and isinstance(present, Mapping):
            changed = put(present, cast("Mapping[str, Any]", value)) or changed
        elif not _is_left_alone(to_plain(present), value):
            properties[name] = value
            changed = True
    return changed


def _is_left_alone(present: Any, value: Any) -> bool:
    return present is UNKNOWN or isinstance(present, list) or present == value or has_unknown(value)


def _properties(props: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in to_plain(props).items() if not name.startswith("__")}


def _with_identity(properties: Mapping[str, Any], assigned: Iterable[str]) -> Mapping[str, Any]:
    # In a preview the engine leaves out what the cloud is still to decide.
    return properties if any(name in properties for name in assigned) else {**properties, "id": UNKNOWN}


def _read_item(container: Any, key: Any) -> Any:
    try:
        return container[key]
    except UnknownValueError:
        return UNKNOWN
