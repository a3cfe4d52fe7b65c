"""An API Gateway HTTP API in front of functions."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.http_api_routes import HttpApiFunctionArgs, HttpApiJwtArgs, create_routes
from components.inputs import to_int

STAGE = "$default"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "integrationMs": "$context.integrationLatency",
    "integrationError": "$context.integrationErrorMessage",
    "sourceIp": "$context.identity.sourceIp",
    "bytes": "$context.responseLength",
}


class HttpApiThrottleArgs(TypedDict):
    """A token bucket."""

    rate: Input[float]
    """Requests a second."""
    burst: Input[int]
    """Requests at once."""


class HttpApiDomainArgs(TypedDict):
    """A host name of your own."""

    name: Input[str]
    """The name, e.g. api.example.com."""
    certificate_arn: Input[str]
    """Its certificate, in the API's region."""


class HttpApiReference(TypedDict):
    """An API as other components take it: `HttpApi.reference`, or the same of an API made elsewhere."""

    api_id: Input[str]
    """The API's id, as metrics have it."""
    url: Input[str]
    """Base URL."""


class HttpApiArgs(TypedDict):
    """Inputs of `HttpApi`."""

    functions: Mapping[str, HttpApiFunctionArgs]
    """Functions and their routes by a short name."""
    throttle: HttpApiThrottleArgs
    """Limit of each route that has none of its own; above it callers get 429."""
    route_throttles: NotRequired[Mapping[str, HttpApiThrottleArgs]]
    """Tighter limits by route key (default none)."""
    jwt: NotRequired[HttpApiJwtArgs | None]
    """Token authority for all routes but the public ones (default none)."""
    cors_origins: NotRequired[Sequence[Input[str]]]
    """Origins that pages may call from (default none: same origin through CloudFront)."""
    domain: NotRequired[HttpApiDomainArgs | None]
    """Custom domain; with it the execute-api address is disabled (default none)."""
    log_retention_days: NotRequired[Input[int]]
    """Days that access logs are kept (default 30)."""
    p99_alarm_ms: NotRequired[float]
    """99th percentile of latency that raises an alarm (default 3,000)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of 5xx answers and of latency (default none: no alarms are made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class HttpApi(pulumi.ComponentResource):
    """An API Gateway HTTP API with throttling, access logs, scoped invoke rights and alarms.

    Cost: nothing while idle; 1 USD a million requests (https://aws.amazon.com/api-gateway/pricing/).

    Example:
        ```python
        HttpApi(
            "shop",
            {
                "throttle": {"rate": 100, "burst": 200},
                "functions": {
                    "catalog": {
                        "function": {
                            "alias_arn": "arn:aws:lambda:us-east-1:111122223333:function:catalog:live",
                            "alias_name": "live",
                            "function_name": "catalog",
                            "role_name": "catalog-role",
                            "timeout": 6,
                        },
                        "routes": ["GET /v1/products"],
                    }
                },
            },
        )
        ```
    """

    url: Output[str]
    """Base URL: the custom domain's, else the execute-api address."""
    endpoint: Output[str]
    """The execute-api address, also where it is disabled."""
    api_id: Output[str]
    """The API's id, as metrics have it."""
    domain_target: Output[str]
    """What the custom domain's DNS record points at, empty without one."""

    def __init__(self, name: str, args: HttpApiArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:HttpApi", name, {}, opts)
        _validate(name, args)
        child = ResourceOptions(parent=self)
        tags = args.get("tags")
        domain = args.get("domain")
        api = aws.apigatewayv2.Api(
            f"{name}-api",
            protocol_type="HTTP",
            disable_execute_api_endpoint=domain is not None,
            cors_configuration=_cors(args.get("cors_origins", [])),
            tags=tags,
            opts=child,
        )
        routes = create_routes(name, args["functions"], args.get("jwt"), api, child)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-access", retention_in_days=to_int(args.get("log_retention_days", 30)), tags=tags, opts=child
        )
        stage = aws.apigatewayv2.Stage(
            f"{name}-stage",
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(ACCESS_LOG_FIELDS)},
            default_route_settings={
                "throttling_rate_limit": args["throttle"]["rate"],
                "throttling_burst_limit": to_int(args["throttle"]["burst"]),
                "detailed_metrics_enabled": True,
            },
            route_settings=[
                {
                    "route_key": key,
                    "throttling_rate_limit": throttle["rate"],
                    "throttling_burst_limit": to_int(throttle["burst"]),
                    "detailed_metrics_enabled": True,
                }
                for key, throttle in sorted(args.get("route_throttles", {}).items())
            ],
            tags=tags,
            # API Gateway refuses settings of a route that is not there yet.
            opts=ResourceOptions(parent=self, depends_on=routes),
        )
        self.api_id = api.id
        self.endpoint = api.api_endpoint
        self.url, self.domain_target = _domain(name, domain, api, stage, tags=tags, opts=child)
        _alarms(name, args, api, child)
        self.register_outputs(
            {"url": self.url, "endpoint": self.endpoint, "apiId": self.api_id, "domainTarget": self.domain_target}
        )

    @property
    def reference(self) -> HttpApiReference:
        """What other components take as `api`."""
        return {"api_id": self.api_id, "url": self.url}


def _validate(name: str, args: HttpApiArgs) -> None:
    owners: dict[str, str] = {}
    for short, function in args["functions"].items():
        unknown = set(function.get("public_routes", [])) - set(function["routes"])
        if unknown:
            msg = f"HttpApi '{name}': public_routes of '{short}' has {sorted(unknown)}; list them in its routes too."
            raise ValueError(msg)
        for key in function["routes"]:
            if key in owners:
                msg = f"HttpApi '{name}': routes of '{short}' has '{key}', which is '{owners[key]}''s; leave it to one."
                raise ValueError(msg)
            owners[key] = short
    missing = set(args.get("route_throttles", {})) - set(owners)
    if missing:
        msg = f"HttpApi '{name}': route_throttles has {sorted(missing)}, which no function serves; add the route."
        raise ValueError(msg)


def _domain(
    name: str,
    domain: HttpApiDomainArgs | None,
    api: aws.apigatewayv2.Api,
    stage: aws.apigatewayv2.Stage,
    *,
    tags: Input[Mapping[str, Input[str]]] | None,
    opts: ResourceOptions,
) -> tuple[Output[str], Output[str]]:
    if domain is None:
        return api.api_endpoint, Output.from_input("")
    custom = aws.apigatewayv2.DomainName(
        f"{name}-domain",
        domain_name=domain["name"],
        domain_name_configuration={
            "certificate_arn": domain["certificate_arn"],
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
        tags=tags,
        opts=opts,
    )
    aws.apigatewayv2.ApiMapping(
        f"{name}-mapping", api_id=api.id, domain_name=custom.domain_name, stage=stage.name, opts=opts
    )
    target = custom.domain_name_configuration.apply(lambda c: c.target_domain_name or "")
    return Output.concat("https://", custom.domain_name), target


def _cors(origins: Sequence[Input[str]]) -> aws.apigatewayv2.ApiCorsConfigurationArgs | None:
    if not origins:
        return None
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "idempotency-key", "x-customer-id"],
        expose_headers=["location", "retry-after", "idempotency-replayed"],
        max_age=600,
    )


def _alarms(name: str, args: HttpApiArgs, api: aws.apigatewayv2.Api, opts: ResourceOptions) -> None:
    topic, tags, dimensions = args.get("alarm_topic_arn"), args.get("tags"), {"ApiId": api.id}
    create_alarm(
        f"{name}-5xx",
        description=f"{name} answered with 5xx.",
        namespace="AWS/ApiGateway",
        metric="5xx",
        dimensions=dimensions,
        threshold=1,
        topic_arn=topic,
        tags=tags,
        opts=opts,
    )
    create_alarm(
        f"{name}-latency",
        description=f"{name} is slow.",
        namespace="AWS/ApiGateway",
        metric="Latency",
        dimensions=dimensions,
        statistic="p99",
        periods=5,
        threshold=args.get("p99_alarm_ms", 3_000),
        topic_arn=topic,
        tags=tags,
        opts=opts,
    )
