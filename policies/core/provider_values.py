"""What mocks answer in a provider's place: values that it and its cloud would decide, made up."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

Values: TypeAlias = Mapping[str, Any]
_NAME = "name"


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """A resource that a provider is asked to make."""

    token: str
    """Its type."""
    urn: str
    """Makes its values differ from every other's, and the same in every run."""
    inputs: Values
    texts: frozenset[str]
    """The type's properties whose value is a text."""
    settable: frozenset[str]
    """The type's properties that a program may give."""


class ProviderValues:
    """One provider as a program configures it; every value has a form that programs can take apart.

    A platform derives a class of its own. This one knows no cloud and answers for packages of no platform.
    """

    package: ClassVar[str] = ""
    """Of the types that it answers for: what stands before the first colon of their tokens."""
    planned: ClassVar[frozenset[str]] = frozenset()
    """Outputs that the provider decides itself, so that they are known before anything is made."""
    names: ClassVar[tuple[str, ...]] = (_NAME,)
    """Properties that are a resource's physical name; who gives none is named by the provider."""
    forms: ClassVar[Mapping[tuple[str, ...], str]] = MappingProxyType(
        {
            ("url", "uri", "endpoint"): "https://{short}.{package}.example/{property}",
            ("domainname", "dnsname"): "{short}.{package}.example",
            ("date", "time", "createdat", "modified"): "2026-01-01T00:00:00Z",
            ("status", "state"): "ACTIVE",
        }
    )
    """How the end of a property's name, in lower case, tells the form of its value; `{...}` are `facts`."""

    def __init__(self, arguments: Values | None, config: Mapping[str, str]) -> None:
        """Describe a provider.

        Args:
            arguments: Those of an explicit provider; None for the default one.
            config: The stack's configuration of the package, by key without the package.
        """
        del arguments, config

    def outputs(self, resource: PlannedResource) -> Values:
        """The outputs of a resource that are not given as inputs, its `id` among them.

        Those of a form that nobody can make up (lists, objects, numbers) are left out.
        """
        facts = self.facts(resource)
        found = {name: self._make_up(name, facts) for name in resource.texts if name not in resource.settable}
        found |= {name: facts[_NAME] for name in self.names if name in resource.texts} | {"id": facts[_NAME]}
        found |= self.decide(resource, facts)
        return {name: value for name, value in found.items() if resource.inputs.get(name) in (None, "")}

    def facts(self, resource: PlannedResource) -> Mapping[str, str]:
        """What values are made of: the physical `name`, a `uuid`, a `short` id of ten digits, the `package`."""
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()
        return {
            _NAME: self.physical_name(resource, digest),
            "uuid": str(uuid.UUID(digest[:32])),
            "short": digest[:10],
            "package": resource.token.partition(":")[0],
        }

    def physical_name(self, resource: PlannedResource, digest: str) -> str:
        """The name that a program gives a resource, else its logical one with seven digits."""
        given = (resource.inputs.get(name) for name in self.names)
        named = next((name for name in given if is_text(name)), None)
        return named or f"{resource.urn.rsplit('::', 1)[-1]}-{digest[:7]}"

    def decide(self, resource: PlannedResource, facts: Mapping[str, str]) -> Values:
        """Outputs of which more is known than the form of their name (default none)."""
        del resource, facts
        return {}

    def look_up(self, id_: str) -> Values:
        """What the id of a resource that the program only reads says of it: its name, its id."""
        return {_NAME: id_.rsplit("/", 1)[-1].rsplit(":", 1)[-1], "id": id_}

    def invoke(self, token: str, arguments: Values) -> Values:
        """What a function of the provider returns: its arguments, and what follows from them.

        Args:
            token: Of the function, `<package>:index/getThing:getThing`.
            arguments: Plain ones; the SDK does not ask while one is unknown.
        """
        return {"id": token.rsplit(":", 1)[-1], **arguments}

    @classmethod
    def adapt(cls, texts: Iterable[str]) -> Callable[[str], str] | None:
        """How made-up texts must change so that those which the program writes out can name its own resources.

        Args:
            texts: All that the program gives its resources.

        Returns:
            The change of each text of each resource, None where there is none.
        """
        del texts
        return None

    def _make_up(self, name: str, facts: Mapping[str, str]) -> str:
        for endings, form in self.forms.items():
            if name.lower().endswith(endings):
                return form.format_map({**facts, "property": name})
        return f"{facts[_NAME]}-{name}"


def is_text(value: Any) -> bool:
    """Whether a value is a known, non-empty text."""
    return isinstance(value, str) and bool(value)
