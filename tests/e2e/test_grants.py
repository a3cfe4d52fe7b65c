"""Every grant of the deployed stack is needed: each is taken away in turn, and something that the shop does fails."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from shop_access import ShopAccess
from shop_behaviours import BEHAVIOURS
from shop_deliveries import DELIVERIES, clock, rest
from shop_fixture import Shop, copied

from sandbox.aws.emulator import unenforced_grant

pytestmark = pytest.mark.plane
RANDOM = re.compile(r"-[0-9a-f]{7}\b")
ALL = {**BEHAVIOURS, **DELIVERIES}
# The emulator's clock looks every ten seconds; one that sees all of it is enough.
QUICK = {name: behaviour for name, behaviour in ALL.items() if behaviour is not clock}


class Grant(NamedTuple):
    """As `/_sandbox/permissions` lists it."""

    kind: str
    holder: str
    policy: str
    action: str
    resource: str

    def __str__(self) -> str:
        return RANDOM.sub("", f"{self.holder}: {self.action} on {self.resource.split(':')[-1]}")


@dataclass
class Result:
    """What became of the shop without a grant."""

    needed: dict[Grant, str]
    without_effect: list[Grant]
    unused: list[Grant]
    unenforced: list[Grant]


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopAccess]:
    with copied(tmp_path_factory.mktemp("grants")) as shop:
        shop.json("up", "--engine", "embedded")
        rest(shop)
        yield ShopAccess(shop)


@pytest.fixture(scope="module")
def result(access: ShopAccess) -> Result:
    users = used_by(access)
    found = Result({}, [], [], [])
    for grant in grants(access):
        behaviours = [name for name, used in users.items() if grant in used]
        failure = without(access, grant, behaviours)
        if failure:
            found.needed[grant] = failure
        elif behaviours:
            found.without_effect.append(grant)
        elif unenforced_grant(grant.kind, grant.action, grant.resource):
            found.unenforced.append(grant)
        else:
            found.unused.append(grant)
    return found


def test_no_grant_of_the_stack_is_unneeded(result: Result) -> None:
    unneeded = [f"{grant} is used by nothing" for grant in result.unused]
    unneeded += [f"{grant} is used, and its removal changes nothing" for grant in result.without_effect]
    assert unneeded == [], "take these out of the stack:\n  " + "\n  ".join(unneeded)


def test_the_removal_of_a_grant_is_felt_where_it_is_used(result: Result) -> None:
    felt = {str(grant): failure for grant, failure in result.needed.items()}
    sys.stdout.writelines(f"{grant:100} {failure}\n" for grant, failure in felt.items())  # shown with -s
    assert len(felt) >= 60


def test_after_all_removals_the_shop_works_as_before(access: ShopAccess, result: Result) -> None:
    assert result.needed
    assert {name: failure for name, behaviour in QUICK.items() if (failure := behaviour(access))} == {}


def test_the_command_lists_what_was_used_and_what_only_aws_enforces(access: ShopAccess, result: Result) -> None:
    assert result.needed
    listed_ = access.shop.json("grants")
    uses = {(RANDOM.sub("", grant["holder"]), grant["action"]): grant["use"] for grant in listed_["grants"]}
    assert uses["checkout-role", "dynamodb:BatchGetItem"] == "used"
    assert uses["checkout-role", "xray:PutTraceSegments"] == "not enforced"
    assert "unused" not in uses.values()
    assert any(refusal["action"] == "dynamodb:BatchGetItem" for refusal in listed_["refused"])
    assert access.shop.json("grants", "--unused")["grants"] == []
    assert "traces of functions" in [entry["what"] for entry in access.shop.json("status")["unenforced"]]


def used_by(access: ShopAccess) -> Mapping[str, set[Grant]]:
    """The grants whose count rises while a behaviour runs; the quickest behaviour comes first."""
    found: dict[str, set[Grant]] = {}
    seconds: dict[str, float] = {}
    for name, behaviour in ALL.items():
        before, began = grants(access), time.monotonic()
        assert behaviour(access) == "", name
        seconds[name] = time.monotonic() - began
        found[name] = {grant for grant, count in grants(access).items() if count > before.get(grant, 0)}
    return {name: found[name] for name in sorted(found, key=lambda name: seconds[name])}


def without(access: ShopAccess, grant: Grant, behaviours: Sequence[str]) -> str:
    """What the first behaviour to fail without a grant says; nothing when all work."""
    if not behaviours:
        return ""
    put_back, before = take_away(access.shop, grant), refusals(access, grant)
    access.given_up = lambda: refusals(access, grant) > before
    try:
        for name in behaviours:
            failure = ALL[name](access)
            if failure:
                return f"{name}: {failure}"
    finally:
        put_back()
        access.given_up = lambda: False
        empty(access)
    return ""


def empty(access: ShopAccess) -> None:
    """Leave nothing in the queues that was handled without a grant: it would come again when nobody expects it."""
    for url in (*access.outputs["queueUrls"].values(), *access.outputs["deadLetterQueues"].values()):
        access.shop.client("sqs").purge_queue(QueueUrl=url)


def take_away(shop: Shop, grant: Grant) -> Callable[[], None]:
    """Remove a grant and nothing else; what is returned puts it back."""
    if grant.kind == "role":
        return from_role(shop, grant)
    remove = {"lambda": from_function, "sns": from_topic, "sqs": from_queue}
    return remove[grant.holder.split(":")[2]](shop, grant)


def from_role(shop: Shop, grant: Grant) -> Callable[[], None]:
    iam, place = shop.client("iam"), {"RoleName": grant.holder, "PolicyName": grant.policy}
    document = iam.get_role_policy(**place)["PolicyDocument"]
    pairs = [
        {**statement, "Action": action, "Resource": resource}
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if (action, resource) != (grant.action, grant.resource)
    ]
    if pairs:
        iam.put_role_policy(**place, PolicyDocument=json.dumps({**document, "Statement": pairs}))
    else:
        iam.delete_role_policy(**place)
    return lambda: iam.put_role_policy(**place, PolicyDocument=json.dumps(document))


def from_function(shop: Shop, grant: Grant) -> Callable[[], None]:
    api, (function, _, qualifier) = shop.client("lambda"), grant.holder.split(":function:")[1].partition(":")
    place = {"FunctionName": function, "StatementId": grant.policy, **({"Qualifier": qualifier} if qualifier else {})}
    policy = json.loads(api.get_policy(**{k: v for k, v in place.items() if k != "StatementId"})["Policy"])
    (statement,) = [s for s in policy["Statement"] if s["Sid"] == grant.policy]
    source = statement["Condition"]["ArnLike"]["AWS:SourceArn"]
    api.remove_permission(**place)
    return lambda: api.add_permission(**place, Action=grant.action, Principal=grant.resource, SourceArn=source)


def from_queue(shop: Shop, grant: Grant) -> Callable[[], None]:
    sqs = shop.client("sqs")
    url = sqs.get_queue_url(QueueName=grant.holder.split(":")[-1])["QueueUrl"]
    text = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    policy = json.loads(text)
    kept = [s for s in policy["Statement"] if s.get("Sid") != grant.policy]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({**policy, "Statement": kept})})
    return lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})


def from_topic(shop: Shop, grant: Grant) -> Callable[[], None]:
    sns, place = shop.client("sns"), {"TopicArn": grant.holder, "AttributeName": "Policy"}
    text = sns.get_topic_attributes(TopicArn=grant.holder)["Attributes"]["Policy"]
    policy = json.loads(text)
    for statement in policy["Statement"]:
        statement["Principal"]["Service"] = [
            service for service in listed(statement["Principal"]["Service"]) if service != grant.resource
        ]
    sns.set_topic_attributes(**place, AttributeValue=json.dumps(policy))
    return lambda: sns.set_topic_attributes(**place, AttributeValue=text)


def grants(access: ShopAccess) -> Mapping[Grant, int]:
    """Every grant there is, and how often it was used."""
    return {Grant(**{k: g[k] for k in Grant._fields}): g["used"] for g in recorded(access)["grants"]}


def refusals(access: ShopAccess, grant: Grant) -> int:
    """How often somebody was refused for want of a grant."""
    who, to = (grant.holder, "") if grant.kind == "role" else (grant.resource, grant.holder)
    return sum(
        refusal["count"]
        for refusal in recorded(access)["refused"]
        if (refusal["holder"], refusal["action"]) == (who, grant.action) and to in ("", refusal["resource"])
    )


def recorded(access: ShopAccess) -> Mapping[str, Any]:
    return access.shop.http.get(f"{access.shop.endpoint}/_sandbox/permissions").json()


def listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
