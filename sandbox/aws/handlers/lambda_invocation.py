"""Lambda: who may invoke a function, what is kept warm for it, and asynchronous invocations."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    pick,
)
from sandbox.handler import Handler, observe_inputs

INVOKE = {"maximumEventAgeInSeconds": "MaximumEventAgeInSeconds", "maximumRetryAttempts": "MaximumRetryAttempts"}

SIDES = {"onFailure": "OnFailure", "onSuccess": "OnSuccess"}


class PermissionHandler(Handler):
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


class FunctionEventInvokeConfigHandler(Handler):
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


class ProvisionedConcurrencyConfigHandler(Handler):
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


HANDLERS = (PermissionHandler(), FunctionEventInvokeConfigHandler(), ProvisionedConcurrencyConfigHandler())
