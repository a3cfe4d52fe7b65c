"""Answers of the AWS provider's functions (`aws.get_region()`), computed from their arguments, region and account."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

Bag: TypeAlias = Mapping[str, Any]
VERSION = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Scope:
    """Account and region of a provider, and what follows from the region."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """The partition that the region lies in."""
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if "-gov-" in self.region else "aws"

    @property
    def suffix(self) -> str:
        """The domain of the partition's services."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


def answer(name: str, arguments: Bag, scope: Scope) -> Bag:
    """What a function returns besides its arguments; nothing for one that is not known here.

    Args:
        name: `getRegion`.
        arguments: Plain ones.
        scope: The provider's.
    """
    return _ANSWERS[name](arguments, scope) if name in _ANSWERS else {}


def policy_document(args: Bag) -> str:
    """The document that `aws.iam.get_policy_document` makes of its statements.

    Of two statements with one `sid` the later holds: sources, own statements, overrides, in this order
    (https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/).
    """
    sources = [args.get("sourceJson"), *(args.get("sourcePolicyDocuments") or ())]
    overrides = [*(args.get("overridePolicyDocuments") or ()), args.get("overrideJson")]
    statements: list[Bag] = [one for text in sources if text for one in _statements(text)]
    for one in (
        *map(_statement, args.get("statements") or ()),
        *(o for text in overrides if text for o in _statements(text)),
    ):
        same = [i for i, other in enumerate(statements) if one.get("Sid") and other.get("Sid") == one["Sid"]]
        if same:
            statements[same[0]] = one
        else:
            statements.append(one)
    head = {"Version": args.get("version") or VERSION, **({"Id": args["policyId"]} if args.get("policyId") else {})}
    return json.dumps({**head, "Statement": statements}, indent=2)


def _statement(given: Bag) -> Bag:
    found: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    found["Effect"] = given.get("effect") or "Allow"
    for key in ("actions", "notActions", "resources", "notResources"):
        if given.get(key):
            found[_element(key)] = _unwrap_single(given[key])
    for key in ("principals", "notPrincipals"):
        if given.get(key):
            found[_element(key)] = _principals(given[key])
    if given.get("conditions"):
        found["Condition"] = _conditions(given["conditions"])
    return found


def _element(key: str) -> str:
    return key[0].upper() + key[1:].removesuffix("s")


def _principals(given: Sequence[Bag]) -> Any:
    if any(one["type"] == "*" and list(one["identifiers"]) == ["*"] for one in given):
        return "*"
    found: dict[str, list[str]] = {}
    for one in given:
        found.setdefault(one["type"], []).extend(one["identifiers"])
    return {kind: _unwrap_single(identifiers) for kind, identifiers in found.items()}


def _conditions(given: Sequence[Bag]) -> Bag:
    found: dict[str, dict[str, Any]] = {}
    for one in given:
        found.setdefault(one["test"], {})[one["variable"]] = _unwrap_single(one["values"])
    return found


def _unwrap_single(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _statements(text: str) -> Sequence[Bag]:
    found = json.loads(text).get("Statement") or ()
    return cast("Sequence[Bag]", found if isinstance(found, list) else [found])


def _document(args: Bag, _: Scope) -> Bag:
    text = policy_document(args)
    return {"json": text, "minifiedJson": json.dumps(json.loads(text), separators=(",", ":"))}


def _identity(_: Bag, scope: Scope) -> Bag:
    arn = f"arn:{scope.partition}:iam::{scope.account}:user/preview"
    return {"accountId": scope.account, "arn": arn, "userId": f"AIDA{scope.account}"}


def _region(args: Bag, scope: Scope) -> Bag:
    region = args.get("region") or scope.region
    return {"region": region, "name": region, "id": region, "endpoint": f"ec2.{region}.{scope.suffix}"}


def _partition(_: Bag, scope: Scope) -> Bag:
    reverse = ".".join(reversed(scope.suffix.split(".")))
    return {
        "id": scope.partition, "partition": scope.partition, "dnsSuffix": scope.suffix, "reverseDnsPrefix": reverse
    }  # fmt: skip


def _zones(_: Bag, scope: Scope) -> Bag:
    return {"names": [f"{scope.region}{letter}" for letter in "abc"], "zoneIds": ["az1", "az2", "az3"]}


def _parts(args: Bag, _: Scope) -> Bag:
    names = ("partition", "service", "region", "account", "resource")
    return dict(zip(names, str(args["arn"]).split(":", 5)[1:], strict=False))


_ANSWERS: Mapping[str, Callable[[Bag, Scope], Bag]] = {
    "getCallerIdentity": _identity,
    "getRegion": _region,
    "getPartition": _partition,
    "getAvailabilityZones": _zones,
    "getPolicyDocument": _document,
    "getArn": _parts,
}
