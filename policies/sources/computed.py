"""What a cloud would decide of a resource, made up: each value of the form that programs take apart, none twice."""

import functools
import hashlib
import inspect
import json
import typing
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi.runtime import rpc

from policies.sources.aws_values import ACCOUNT, REGION, SPECIAL, arn, is_text

# Inputs that hold a resource's physical name; who gives none is named by the provider.
NAMES = ("name", "bucket", "clusterIdentifier", "identifier", "clusterName", "domain")
# How the end of a property's name tells the form of its value.
FORMS: Mapping[tuple[str, ...], str] = {
    ("arn",): "{arn}/{property}",
    ("url", "uri", "endpoint"): "https://{short}.{service}.{region}.{suffix}/{property}",
    ("domainname", "dnsname"): "{short}.{region}.{suffix}",
    ("date", "time", "createdat", "modified"): "2026-01-01T00:00:00Z",
    ("accountid", "ownerid", "registryid", "owner"): "{account}",
    ("status", "state"): "ACTIVE",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Region and default tags of the provider that makes a resource."""

    region: str = REGION
    tags: Mapping[str, Any] | None = None

    @property
    def partition(self) -> str:
        """The partition that the region lies in."""
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if "-gov-" in self.region else "aws"

    @property
    def suffix(self) -> str:
        """The domain of the partition's services."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


def computed(token: str, urn: str, inputs: Mapping[str, Any], where: Where) -> Mapping[str, Any]:
    """The outputs of a resource that are not given as inputs, its `id` among them.

    Those of a form that nobody can make up (lists, objects, numbers) are left out.

    Args:
        token: The resource's type.
        urn: Makes the values unique, and the same in every run.
        inputs: Opened ones.
        where: The provider's region.
    """
    getters, given = _outputs(token)
    facts = _facts(token, urn, inputs, where)
    found: dict[str, Any] = {name: _made_up(name, facts) for name in getters if name not in given}
    found |= {name: facts["name"] for name in NAMES if name in getters} | {"id": facts["name"]}
    if token.startswith("aws:"):
        found |= {"arn": facts["arn"], "tagsAll": {**(where.tags or {}), **_object(inputs.get("tags"))}}
    if "region" in getters:
        found["region"] = facts["region"]
    found |= {name: make(inputs, facts) for name, make in SPECIAL.get(token, {}).items()}
    return {name: value for name, value in found.items() if inputs.get(name) in (None, "")}


def default_tags(given: Any) -> Mapping[str, Any]:
    """The tags in a provider's `defaultTags`, an object or JSON text."""
    try:
        held: Any = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return {}
    return _object(_object(held).get("tags"))


def _facts(token: str, urn: str, inputs: Mapping[str, Any], where: Where) -> Mapping[str, str]:
    digest = hashlib.sha256(urn.encode()).hexdigest()
    region = inputs.get("region")
    facts = {
        "name": _physical_name(urn, inputs, digest),
        "uuid": str(uuid.UUID(digest[:32])),
        "short": digest[:10],
        "region": str(region) if is_text(region) else where.region,
        "account": ACCOUNT,
        "partition": where.partition,
        "suffix": where.suffix,
        "service": token.partition(":")[2].split("/", 1)[0].split(":", 1)[0],
        "kind": token.rsplit(":", 1)[-1].lower(),
    }
    return {**facts, "arn": arn(token, inputs, facts)}


def _physical_name(urn: str, inputs: Mapping[str, Any], digest: str) -> str:
    for name in NAMES:
        if is_text(inputs.get(name)):
            return str(inputs[name])
    prefix = inputs.get("namePrefix") or inputs.get("bucketPrefix")
    logical = urn.rsplit("::", 1)[-1]
    ending = ".fifo" if inputs.get("fifoQueue") is True or inputs.get("fifoTopic") is True else ""
    return (f"{prefix}{digest[:7]}" if is_text(prefix) else f"{logical}-{digest[:7]}") + ending


def _made_up(name: str, facts: Mapping[str, str]) -> str:
    for endings, form in FORMS.items():
        if name.lower().endswith(endings):
            return form.format_map({**facts, "property": name})
    return f"{facts['name']}-{name}"


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


@functools.cache
def _outputs(token: str) -> tuple[frozenset[str], frozenset[str]]:
    """Properties of a type that are texts, and which of all are inputs, from the provider's own SDK."""
    kind = _class(token)
    if kind is None:
        return frozenset(), frozenset()
    constructor: Any = getattr(kind, "_internal_init", kind.__init__)
    taken = inspect.signature(constructor).parameters
    texts: set[str] = set()
    inputs: set[str] = set()
    for python_name, member in inspect.getmembers(kind, lambda one: isinstance(one, property)):
        name = getattr(member.fget, "_pulumi_name", None)
        if name is None:
            continue
        if python_name in taken:
            inputs.add(name)
        hint = typing.get_type_hints(member.fget, vars(inspect.getmodule(kind)), {"Output": pulumi.Output})["return"]
        if typing.get_args(hint) == (str,):
            texts.add(name)
    return frozenset(texts), frozenset(inputs)


def _class(token: str) -> Any:
    package, _, rest = token.partition(":")
    module = rpc.get_resource_module(package, rest.partition(":")[0], "")
    facts: Any = getattr(module, "mod_info", None)  # of every generated SDK
    name = facts and facts["classes"].get(token)
    return getattr(__import__(facts["fqn"], fromlist=[name]), name, None) if name else None
