"""Lambda: who may invoke a function, and what does."""

from typing import Any

from sandbox.protocol import Properties
from sandbox.providers.aws.values import camel, pascal, pick
from sandbox.providers.handler import Handler, observed

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
INVOKE = {"maximumEventAgeInSeconds": "MaximumEventAgeInSeconds", "maximumRetryAttempts": "MaximumRetryAttempts"}


class Permission(Handler):
    """A statement in a function's policy."""

    token = "aws:lambda/permission:Permission"
    name_property = "statementId"
    name_limit = 100
    replaces = frozenset(
        {"action", "function", "principal", "qualifier", "sourceArn", "sourceAccount", "statementId", "principalOrgId"}
    )
    enforcement = "records"
    note = "Stored; AWS would refuse callers that no permission names."

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
        "Queues: batches, filters, concurrency and partial responses act, the batching window is stored. "
        "Streams: retries, bisecting, partial responses and the on-failure destination are stored."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        source = pick(inputs, {"eventSourceArn": "EventSourceArn", "startingPosition": "StartingPosition"})
        made = clients.lambda_.create_event_source_mapping(**source, **_mapping(inputs))
        return made["UUID"], _outputs(made)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.lambda_.get_event_source_mapping(UUID=id_)
        if found.get("State") == "Deleting":
            return None
        seen = {mine: found[api] for mine, api in MAPPING.items() if api in found and mine != "functionName"}
        seen["enabled"] = found.get("State") not in ("Disabled", "Disabling")
        if found.get("ScalingConfig"):
            seen["scalingConfig"] = camel(found["ScalingConfig"])
        return _outputs(found), observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        return _outputs(clients.lambda_.update_event_source_mapping(UUID=id_, **_mapping(news)))

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.lambda_.delete_event_source_mapping(UUID=id_)


class FunctionEventInvokeConfig(Handler):
    """What happens to asynchronous invocations that fail."""

    token = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    replaces = frozenset({"functionName", "qualifier"})
    note = "Retries and the on-failure destination act; on-success is stored."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs['functionName']}:{inputs.get('qualifier') or '$LATEST'}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        del id_
        found = clients.lambda_.get_function_event_invoke_config(**self._target(inputs))
        return {}, observed(self, inputs, {mine: found.get(api) for mine, api in INVOKE.items()})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        self._put(clients, news)
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del id_
        clients.lambda_.delete_function_event_invoke_config(**self._target(inputs))

    def _put(self, clients: Any, inputs: Properties) -> None:
        given = inputs.get("destinationConfig") or {}
        destinations = {pascal({k: 0}).popitem()[0]: {"Destination": v["destination"]} for k, v in given.items() if v}
        more = {"DestinationConfig": destinations} if destinations else {}
        clients.lambda_.put_function_event_invoke_config(**self._target(inputs), **pick(inputs, INVOKE), **more)

    def _target(self, inputs: Properties) -> dict[str, Any]:
        return pick(inputs, {"functionName": "FunctionName", "qualifier": "Qualifier"})


class ProvisionedConcurrencyConfig(Handler):
    """Executions of an alias that are kept warm."""

    token = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
    replaces = frozenset({"functionName", "qualifier"})
    enforcement = "records"
    note = "Stored; nothing is warmed here."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return f"{inputs['functionName']},{inputs['qualifier']}", {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        function, qualifier = id_.split(",")
        found = clients.lambda_.get_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
        number = found["RequestedProvisionedConcurrentExecutions"]
        return {}, observed(self, inputs, {"provisionedConcurrentExecutions": number})

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
    nested = {"scalingConfig": "ScalingConfig", "filterCriteria": "FilterCriteria"}
    made = {**pick(inputs, MAPPING), **{api: pascal(inputs[mine]) for mine, api in nested.items() if inputs.get(mine)}}
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
