"""DynamoDB tables."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    retag,
    tag_list,
    tag_pairs,
)
from sandbox.handler import Handler, observe_inputs


class TableHandler(Handler):
    """A table."""

    token = "aws:dynamodb/table:Table"
    name_property = "name"
    name_limit = 255
    replaces = frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"})
    note = (
        "Items, transactions, indexes, streams, TTL, provisioned units and maxima on demand act; encryption keys and "
        "recovery are stored."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.dynamodb.create_table(
            TableName=inputs["name"],
            KeySchema=_keys(inputs),
            AttributeDefinitions=_attributes(inputs),
            **_capacity(inputs),
            **_indexes(inputs),
            **_stream(inputs),
            **_encryption(inputs),
            DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
            Tags=tag_list(inputs),
        )
        _put_extras(clients, inputs, {})
        return inputs["name"], _outputs(_describe(clients, inputs["name"]))

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = _describe(clients, id_)
        now = {
            **_observe_billing(found),
            "deletionProtectionEnabled": bool(found.get("DeletionProtectionEnabled")),
            "streamEnabled": bool((found.get("StreamSpecification") or {}).get("StreamEnabled")),
            "streamViewType": (found.get("StreamSpecification") or {}).get("StreamViewType"),
            "globalSecondaryIndexes": _observe_indexes(inputs, found),
            **_observe_extras(clients, id_, inputs),
        }
        seen = {key: keep_given(inputs.get(key), value) for key, value in now.items()}
        tags = clients.dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
        return _outputs(found), observe_inputs(self, inputs, {**seen, **own_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        protection = bool(news.get("deletionProtectionEnabled"))
        clients.dynamodb.update_table(TableName=id_, DeletionProtectionEnabled=protection)
        indexes = _index_capacities(olds, news)
        if _capacity(olds) != _capacity(news) or indexes:
            clients.dynamodb.update_table(TableName=id_, **_capacity(news), **indexes)
        if _stream(olds) != _stream(news):
            clients.dynamodb.update_table(TableName=id_, **(_stream(news) or _stream({"streamEnabled": False})))
        for change in _index_changes(olds, news):
            clients.dynamodb.update_table(
                TableName=id_, AttributeDefinitions=_attributes(news), GlobalSecondaryIndexUpdates=[change]
            )
        _put_extras(clients, news, olds)
        found = _describe(clients, id_)
        arn = found["TableArn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.dynamodb.tag_resource(ResourceArn=arn, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.dynamodb.untag_resource(ResourceArn=arn, TagKeys=keys),
        )
        return _outputs(found)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.dynamodb.delete_table(TableName=id_)


HANDLERS = (TableHandler(),)


def _describe(clients: Any, name: str) -> dict[str, Any]:
    return clients.dynamodb.describe_table(TableName=name)["Table"]


def _outputs(found: dict[str, Any]) -> Properties:
    return {
        "arn": found["TableArn"],
        "streamArn": found.get("LatestStreamArn") or "",
        "streamLabel": found.get("LatestStreamLabel") or "",
    }


def _observe_billing(found: dict[str, Any]) -> Properties:
    units, mode = found.get("ProvisionedThroughput") or {}, found.get("BillingModeSummary") or {}
    billing = mode.get("BillingMode", "PROVISIONED")
    caps = found.get("OnDemandThroughput") if billing == "PAY_PER_REQUEST" else None
    return {
        "billingMode": billing,
        "onDemandThroughput": camel_case(caps),
        "readCapacity": units.get("ReadCapacityUnits"),
        "writeCapacity": units.get("WriteCapacityUnits"),
    }


def _observe_indexes(inputs: Properties, found: dict[str, Any]) -> list[Properties]:
    """The indexes in the order and the spelling of the program."""
    now = {i["IndexName"]: i for i in found.get("GlobalSecondaryIndexes") or []}
    given = {i["name"]: i for i in inputs.get("globalSecondaryIndexes") or []}
    names = [name for name in given if name in now] + sorted(now.keys() - given.keys())
    return [_index_as_given(now[name]) for name in names]


def _index_as_given(now: dict[str, Any]) -> Properties:
    keys = camel_case(now["KeySchema"])
    by_type = {key["keyType"]: key["attributeName"] for key in keys}
    return {
        "name": now["IndexName"],
        "keySchemas": keys,
        "hashKey": by_type.get("HASH"),
        "rangeKey": by_type.get("RANGE"),
        "projectionType": now["Projection"]["ProjectionType"],
        "nonKeyAttributes": now["Projection"].get("NonKeyAttributes"),
        "onDemandThroughput": camel_case(now.get("OnDemandThroughput")),
        "readCapacity": (now.get("ProvisionedThroughput") or {}).get("ReadCapacityUnits"),
        "writeCapacity": (now.get("ProvisionedThroughput") or {}).get("WriteCapacityUnits"),
    }


def _observe_extras(clients: Any, name: str, inputs: Properties) -> Properties:
    """Settings that have calls of their own."""
    seen: Properties = {}
    if "ttl" in inputs:
        ttl = clients.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        enabled = ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        seen["ttl"] = {
            "attributeName": ttl.get("AttributeName") or inputs["ttl"].get("attributeName"),
            "enabled": enabled,
        }
    if "pointInTimeRecovery" in inputs:
        found = clients.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        seen["pointInTimeRecovery"] = {"enabled": status == "ENABLED"}
    return seen


def _keys(inputs: Properties) -> list[dict[str, str]]:
    keys = [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}]
    if inputs.get("rangeKey"):
        keys.append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    return keys


def _index_keys(index: Properties) -> list[dict[str, str]]:
    if index.get("keySchemas"):
        return [{"AttributeName": k["attributeName"], "KeyType": k["keyType"]} for k in index["keySchemas"]]
    return _keys(index)


def _attributes(inputs: Properties) -> list[dict[str, str]]:
    return [{"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs.get("attributes") or []]


def _capacity(inputs: Properties) -> dict[str, Any]:
    if inputs.get("billingMode") == "PAY_PER_REQUEST":
        return {"BillingMode": "PAY_PER_REQUEST", **_caps(inputs)}
    units = {
        "ReadCapacityUnits": inputs.get("readCapacity") or 1,
        "WriteCapacityUnits": inputs.get("writeCapacity") or 1,
    }
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def _caps(inputs: Properties) -> dict[str, Any]:
    caps = inputs.get("onDemandThroughput")
    return {"OnDemandThroughput": pascal_case(caps)} if caps else {}


def _index(index: Properties, inputs: Properties) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.get("projectionType", "ALL")}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    made = {"IndexName": index["name"], "KeySchema": _index_keys(index), "Projection": projection, **_caps(index)}
    if inputs.get("billingMode") != "PAY_PER_REQUEST":
        made["ProvisionedThroughput"] = _capacity(index)["ProvisionedThroughput"]
    return made


def _indexes(inputs: Properties) -> dict[str, Any]:
    found = inputs.get("globalSecondaryIndexes") or []
    return {"GlobalSecondaryIndexes": [_index(i, inputs) for i in found]} if found else {}


def _index_changes(olds: Properties, news: Properties) -> list[dict[str, Any]]:
    before = {i["name"]: i for i in olds.get("globalSecondaryIndexes") or []}
    after = {i["name"]: i for i in news.get("globalSecondaryIndexes") or []}
    changed = {n for n in before.keys() & after.keys() if _index_keys(before[n]) != _index_keys(after[n])}
    gone = [{"Delete": {"IndexName": name}} for name in sorted((before.keys() - after.keys()) | changed)]
    made = [{"Create": _index(after[name], news)} for name in sorted((after.keys() - before.keys()) | changed)]
    return gone + made


def _index_capacities(olds: Properties, news: Properties) -> dict[str, Any]:
    """Other capacities of the indexes that stay."""

    def capacities(inputs: Properties) -> dict[str, Any]:
        found = {i["name"]: _index(i, inputs) for i in inputs.get("globalSecondaryIndexes") or []}
        wanted = ("ProvisionedThroughput", "OnDemandThroughput")
        return {name: {k: i[k] for k in wanted if k in i} for name, i in found.items()}

    before, after = capacities(olds), capacities(news)
    changed = [name for name in before.keys() & after.keys() if after[name] and before[name] != after[name]]
    updates = [{"Update": {"IndexName": name, **after[name]}} for name in sorted(changed)]
    return {"GlobalSecondaryIndexUpdates": updates} if updates else {}


def _stream(inputs: Properties) -> dict[str, Any]:
    if "streamEnabled" not in inputs:
        return {}
    specification: dict[str, Any] = {"StreamEnabled": bool(inputs["streamEnabled"])}
    if inputs.get("streamViewType"):
        specification["StreamViewType"] = inputs["streamViewType"]
    return {"StreamSpecification": specification}


def _encryption(inputs: Properties) -> dict[str, Any]:
    given = inputs.get("serverSideEncryption")
    if not given:
        return {}
    specification = {"Enabled": bool(given.get("enabled"))}
    if given.get("kmsKeyArn"):
        specification |= {"SSEType": "KMS", "KMSMasterKeyId": given["kmsKeyArn"]}
    return {"SSESpecification": specification}


def _put_extras(clients: Any, news: Properties, olds: Properties) -> None:
    """Settings that have calls of their own."""
    name = news["name"]
    ttl = news.get("ttl")
    if ttl and ttl != olds.get("ttl"):
        clients.dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"AttributeName": ttl["attributeName"], "Enabled": bool(ttl.get("enabled"))},
        )
    recovery = news.get("pointInTimeRecovery")
    if recovery and recovery != olds.get("pointInTimeRecovery"):
        clients.dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": bool(recovery.get("enabled"))},
        )
