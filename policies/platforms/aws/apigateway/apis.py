"""What rules ask about API Gateway: which function answers, how long the API waits for it, how a route is throttled."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError, PropertyNode
from policies.platforms.aws.links import (
    API,
    FUNCTION,
    INTEGRATION,
    METHOD_SETTINGS,
    REST_API,
    REST_INTEGRATION,
    ROUTE,
)

RATE, BURST = "throttlingRateLimit", "throttlingBurstLimit"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
HTTP_WAIT_MILLISECONDS = 30_000
# REST and WebSocket: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
OTHER_WAIT_MILLISECONDS = 29_000
# Asks Lambda to answer before the function has run:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
INVOCATION_TYPE = "integration.request.header.x-amz-invocation-type"


@dataclass(frozen=True, slots=True)
class ThrottledRoute:
    """A route, what it may take, and who answers it."""

    route: Resource
    function: Resource
    rate: float
    """Requests a second."""


def throttle_limits(settings: PropertyNode, prefix: str = "") -> tuple[float | None, float | None]:
    """Rate and burst limit of a stage's or route's settings; None where there is none.

    Raises:
        NotEvaluatedError: one of them is unknown.
    """
    return _limit(settings, f"{prefix}{RATE}"), _limit(settings, f"{prefix}{BURST}")


def function_behind(integration: Resource, graph: ResourceGraph) -> Resource | None:
    """The function that an integration invokes; None when it invokes none, or none of this stack.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    kind, uri = ("type", "uri") if integration.type == REST_INTEGRATION else ("integrationType", "integrationUri")
    if integration.text(kind) not in {"AWS", "AWS_PROXY"}:
        return None
    return graph.target_within(integration, uri, _function_arn, FUNCTION)


def invokes_asynchronously(integration: Resource) -> bool:
    """Whether the caller is answered before the function has run.

    Raises:
        NotEvaluatedError: the integration's request parameters are unknown.
    """
    for name in integration.keys("requestParameters"):
        if name.lower() == INVOCATION_TYPE:
            # The name has dots, so no path leads to its value.
            value = cast("Mapping[str, Any]", integration.raw("requestParameters"))[name]
            return PropertyNode(value, name).text("").strip("'") == "Event"
    return False


def wait_seconds(integration: Resource, graph: ResourceGraph) -> float:
    """How long the API waits for an integration, by default as long as it can.

    Raises:
        NotEvaluatedError: it is unknown, or whose integration it is.
    """
    if integration.has("timeoutMilliseconds") or integration.type == REST_INTEGRATION:
        return integration.number("timeoutMilliseconds", OTHER_WAIT_MILLISECONDS) / 1_000
    api = graph.target(integration, "apiId", API)
    sockets = api is not None and api.text("protocolType") == "WEBSOCKET"
    return (OTHER_WAIT_MILLISECONDS if sockets else HTTP_WAIT_MILLISECONDS) / 1_000


def throttled_routes(stage: Resource, graph: ResourceGraph) -> Sequence[ThrottledRoute]:
    """The routes of a stage that are throttled and that a function of this stack answers.

    Raises:
        NotEvaluatedError: a route, its limit or its function is unknown.
    """
    api = graph.target(stage, "apiId", API)
    own = {node.text("routeKey"): node for node in stage.nodes("routeSettings")}
    found: list[ThrottledRoute] = []
    for route in graph.referrers(api, ROUTE, "apiId") if api else ():
        integration = graph.target_within(route, "target", _integration_id, INTEGRATION)
        function = integration and function_behind(integration, graph)
        settings = own.get(route.text("routeKey"))
        rate, _ = throttle_limits(settings) if settings else throttle_limits(stage, "defaultRouteSettings.")
        if function and rate is not None:
            found.append(ThrottledRoute(route, function, rate))
    return found


def method_settings(stage: Resource, graph: ResourceGraph) -> Sequence[Resource]:
    """The method settings of a REST API's stage.

    Raises:
        NotEvaluatedError: it is unknown whose some settings are.
    """
    found, unread = graph.compute_once("method settings", lambda: _by_stage(graph))
    if unread:
        raise NotEvaluatedError(unread)
    return found.get(_stage_key(stage, graph), ())


def read_known_object(resource: Resource, path: str) -> Mapping[str, Any] | None:
    """An object of a resource as it is, empty when it is not given; None when something in it is unknown."""
    if not resource.has(path):
        return {}
    value = resource.raw(path)
    known = isinstance(value, Mapping) and UNKNOWN not in cast("Mapping[str, Any]", value).values()
    return cast("Mapping[str, Any]", value) if known else None


def _limit(settings: PropertyNode, path: str) -> float | None:
    if not settings.has(path):
        return None
    # REST's settings have -1 for "not throttled".
    limit = settings.number(path)
    return None if limit < 0 else limit


def _by_stage(graph: ResourceGraph) -> tuple[Mapping[tuple[str, str], Sequence[Resource]], str]:
    found: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    unread = ""
    for settings in graph.of_type(METHOD_SETTINGS):
        try:
            found[_stage_key(settings, graph)].append(settings)
        except NotEvaluatedError as error:
            unread = unread or f"whose {settings!r} are: {error}"
    return found, unread


def _stage_key(resource: Resource, graph: ResourceGraph) -> tuple[str, str]:
    api = graph.target(resource, "restApi", REST_API)
    return (api.urn if api else resource.text("restApi")), resource.text("stageName")


def _integration_id(target: str) -> str:
    return target.removeprefix("integrations/")


def _function_arn(uri: str) -> str:
    # arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<ARN>/invocations
    return uri.rpartition("/functions/")[2].removesuffix("/invocations")
