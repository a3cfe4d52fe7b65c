"""Lambda: who may invoke a function, and what does."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.values import as_given, camel, pascal, pick, retag, seen_tags, tag_map
from sandbox.handler import Handler, observe_inputs

MAPPING = {
    "batchSize": "BatchSize",
    "maximumBatchingWindowInSeconds": "MaximumBatchingWindowInSeconds",
    "enabled": "Enabled",
    "functionName": "FunctionName",
    "functionResponseTypes": "FunctionResponseTypes",
    "parallelizationFactor": "ParallelizationFactor",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
}
NESTED = {"scalingConfig": "ScalingConfig", "filterCriteria": "FilterCriteria"}
INVOKE = {"maximumEventAgeInSeconds": "MaximumEventAgeInSeconds", "maximumRetryAttempts": "MaximumRetryAttempts"}

SIDES = {"onFailure": "OnFailure", "onSuccess": "OnSuccess"}


class Permission(Handler):
    """A statement in a function's policy."""

    token = "aws:lambda/permission:Permission"
    name_property = "statementId"
    name_limit = 100
    replaces = frozenset(
        {"action", "function", "principal", "qualifier", "sourceArn", "sourceAccount", "statementId", "principalOrgId"}
    )
    note = "Services that call a function are asked for it: HTTP APIs, rules, schedules, topics."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.lambda_.add_permission(
            FunctionName=inputs["function"],
            StatementId=inputs["statementId"],
            Action=inputs["action"],
            Principal=inputs["principal"],
            **pick(inputs, {"qualifier": "Qualifier", "sourceArn": "SourceArn", "sourceAccount": "SourceAccount"}),
        )
        return inputs["statementId"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.lambda_.get_policy(FunctionName=inputs["function"], **pick(inputs, {"qualifier": "Qualifier"}))
        return ({}, inputs) if f'"{id_}"' in found["Policy"] else None

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        qualifier = pick(inputs, {"qualifier": "Qualifier"})
        clients.lambda_.remove_permission(FunctionName=inputs["function"], StatementId=id_, **qualifier)


class EventSourceMapping(Handler):
    """A queue or stream that a function reads."""

    token = "aws:lambda/eventSourceMapping:EventSourceMapping"
    replaces = frozenset({"eventSourceArn", "startingPosition", "startingPositionTimestamp"})
    note = (
        "Queues: batches, windows, filters, order by group and partial responses act; five batches run at once unless "
        "MaximumConcurrency says otherwise, where AWS goes on to 1,250. "
        "Streams: batches, windows, filters, retries, record age, bisecting, partial responses, parallel batches and "
        "on-failure destinations act; tumbling windows are stored, and a stream has one shard."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        source = pick(inputs, {"eventSourceArn": "EventSourceArn", "startingPosition": "StartingPosition"})
        tags = {"Tags": tag_map(inputs)} if tag_map(inputs) else {}
        made = clients.lambda_.create_event_source_mapping(**source, **_mapping(inputs), **tags)
        return made["UUID"], _outputs(made)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.lambda_.get_event_source_mapping(UUID=id_)
        if found.get("State") == "Deleting":
            return None
        seen = {mine: found[api] for mine, api in MAPPING.items() if api in found and mine != "functionName"}
        if not found.get("FunctionArn", "").endswith(str(inputs.get("functionName", ""))):
            seen["functionName"] = found.get("FunctionArn")
        seen["enabled"] = found.get("State") not in ("Disabled", "Disabling")
        for mine, api in NESTED.items():
            seen[mine] = as_given(inputs.get(mine), camel(found.get(api)) or None)
        destination = ((found.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        seen["destinationConfig"] = {"onFailure": {"destinationArn": destination}} if destination else None
        tags = clients.lambda_.list_tags(Resource=_outputs(found)["arn"])["Tags"] if inputs.get("tags") else {}
        return _outputs(found), observe_inputs(self, inputs, {**seen, **seen_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        cleared = {api: {} for mine, api in NESTED.items() if mine in olds and mine not in news}
        if "destinationConfig" in olds and "destinationConfig" not in news:
            cleared["DestinationConfig"] = {}
        outputs = _outputs(clients.lambda_.update_event_source_mapping(UUID=id_, **{**cleared, **_mapping(news)}))
        arn = outputs["arn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.lambda_.tag_resource(Resource=arn, Tags=tags),
            untag=lambda keys: clients.lambda_.untag_resource(Resource=arn, TagKeys=keys),
        )
        return outputs

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.lambda_.delete_event_source_mapping(UUID=id_)


class FunctionEventInvokeConfig(Handler):
    """What happens to asynchronous invocations that fail."""

    token = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    replaces = frozenset({"functionName", "qualifier"})
    note = "Acts; a failed event is tried again after 1 s and 2 s, where AWS waits 1 and 2 minutes."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs['functionName']}:{inputs.get('qualifier') or '$LATEST'}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        del id_
        found = clients.lambda_.get_function_event_invoke_config(**self._target(inputs))
        seen: Properties = {mine: found.get(api) for mine, api in INVOKE.items()}
        now = {side: (found.get("DestinationConfig") or {}).get(api) or {} for side, api in SIDES.items()}
        destinations = {
            side: {"destination": one["Destination"]} for side, one in now.items() if one.get("Destination")
        }
        return {}, observe_inputs(self, inputs, {**seen, "destinationConfig": destinations or None})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del id_
        clients.lambda_.delete_function_event_invoke_config(**self._target(inputs))

    def _put(self, clients: Any, inputs: Properties) -> None:
        given = inputs.get("destinationConfig") or {}
        destinations = {SIDES[k]: {"Destination": v["destination"]} for k, v in given.items() if v}
        more = {"DestinationConfig": destinations} if destinations else {}
        clients.lambda_.put_function_event_invoke_config(**self._target(inputs), **pick(inputs, INVOKE), **more)

    def _target(self, inputs: Properties) -> dict[str, Any]:
        return pick(inputs, {"functionName": "FunctionName", "qualifier": "Qualifier"})


class ProvisionedConcurrencyConfig(Handler):
    """Executions of an alias that are kept warm."""

    token = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
    replaces = frozenset({"functionName", "qualifier"})
    note = "That many environments are kept warm where functions run in a process of their own, which is on Linux."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs['functionName']},{inputs['qualifier']}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        function, qualifier = id_.split(",")
        found = clients.lambda_.get_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
        number = found["RequestedProvisionedConcurrentExecutions"]
        return {}, observe_inputs(self, inputs, {"provisionedConcurrentExecutions": number})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        function, qualifier = id_.split(",")
        clients.lambda_.delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.lambda_.put_provisioned_concurrency_config(
            FunctionName=inputs["functionName"],
            Qualifier=inputs["qualifier"],
            ProvisionedConcurrentExecutions=inputs["provisionedConcurrentExecutions"],
        )


HANDLERS = (Permission(), EventSourceMapping(), FunctionEventInvokeConfig(), ProvisionedConcurrencyConfig())


def _mapping(inputs: Properties) -> dict[str, Any]:
    made = {**pick(inputs, MAPPING), **{api: pascal(inputs[mine]) for mine, api in NESTED.items() if inputs.get(mine)}}
    failure = (inputs.get("destinationConfig") or {}).get("onFailure")
    if failure:
        made["DestinationConfig"] = {"OnFailure": {"Destination": failure["destinationArn"]}}
    return made


def _outputs(found: dict[str, Any]) -> Properties:
    return {
        "uuid": found["UUID"],
        "arn": found.get("EventSourceMappingArn") or found["UUID"],
        "functionArn": found["FunctionArn"],
        "state": found.get("State", "Enabled"),
    }
