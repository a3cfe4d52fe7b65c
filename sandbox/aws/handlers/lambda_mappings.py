"""Lambda: event source mappings, by which functions read queues and streams."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    pick,
    retag,
    tag_map,
)
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


class EventSourceMappingHandler(Handler):
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
            seen[mine] = keep_given(inputs.get(mine), camel_case(found.get(api)) or None)
        destination = ((found.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        seen["destinationConfig"] = {"onFailure": {"destinationArn": destination}} if destination else None
        tags = clients.lambda_.list_tags(Resource=_outputs(found)["arn"])["Tags"] if inputs.get("tags") else {}
        return _outputs(found), observe_inputs(self, inputs, {**seen, **own_tags(inputs, tags)})

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


HANDLERS = (EventSourceMappingHandler(),)


def _mapping(inputs: Properties) -> dict[str, Any]:
    made = {
        **pick(inputs, MAPPING),
        **{api: pascal_case(inputs[mine]) for mine, api in NESTED.items() if inputs.get(mine)},
    }
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
