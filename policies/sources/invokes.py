"""Answers of provider functions (`aws.get_region()`), made up where the cloud would decide and computed where not."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from policies.sources.aws_values import ACCOUNT
from policies.sources.computed import Where

Bag = Mapping[str, Any]
VERSION = "2012-10-17"


def answer(token: str, args: Bag, where: Where) -> Bag:
    """What a provider function returns: its arguments and what follows from them.

    Args:
        token: `aws:index/getRegion:getRegion`.
        args: Plain ones; the SDK does not ask while one is unknown.
        where: The provider's region.
    """
    name = token.rsplit(":", 1)[-1]
    made: Bag = _ANSWERS[name](args, where) if name in _ANSWERS and token.startswith("aws:") else {}
    return {"id": f"{name}-{where.region}", **args, **made}


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
            found[_element(key)] = _single(given[key])
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
    return {kind: _single(identifiers) for kind, identifiers in found.items()}


def _conditions(given: Sequence[Bag]) -> Bag:
    found: dict[str, dict[str, Any]] = {}
    for one in given:
        found.setdefault(one["test"], {})[one["variable"]] = _single(one["values"])
    return found


def _single(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _statements(text: str) -> Sequence[Bag]:
    held = json.loads(text).get("Statement") or ()
    return cast("Sequence[Bag]", held if isinstance(held, list) else [held])


def _document(args: Bag, _: Where) -> Bag:
    text = policy_document(args)
    return {"json": text, "minifiedJson": json.dumps(json.loads(text), separators=(",", ":"))}


def _identity(_: Bag, where: Where) -> Bag:
    arn = f"arn:{where.partition}:iam::{ACCOUNT}:user/preview"
    return {"accountId": ACCOUNT, "arn": arn, "userId": f"AIDA{ACCOUNT}"}


def _region(args: Bag, where: Where) -> Bag:
    region = args.get("region") or where.region
    return {"region": region, "name": region, "id": region, "endpoint": f"ec2.{region}.{where.suffix}"}


def _partition(_: Bag, where: Where) -> Bag:
    reverse = ".".join(reversed(where.suffix.split(".")))
    return {
        "id": where.partition, "partition": where.partition, "dnsSuffix": where.suffix, "reverseDnsPrefix": reverse
    }  # fmt: skip


def _zones(_: Bag, where: Where) -> Bag:
    return {"names": [f"{where.region}{letter}" for letter in "abc"], "zoneIds": ["az1", "az2", "az3"]}


def _parts(args: Bag, _: Where) -> Bag:
    names = ("partition", "service", "region", "account", "resource")
    return dict(zip(names, str(args["arn"]).split(":", 5)[1:], strict=False))


_ANSWERS: Mapping[str, Callable[[Bag, Where], Bag]] = {
    "getCallerIdentity": _identity,
    "getRegion": _region,
    "getPartition": _partition,
    "getAvailabilityZones": _zones,
    "getPolicyDocument": _document,
    "getArn": _parts,
}
