"""Routes of an HTTP API and the functions behind them."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.lambda_service import LambdaServiceReference
from components.inputs import require_int

# An HTTP API waits 30 s at most: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
LONGEST_WAIT_SECONDS = 30


class HttpApiFunctionArgs(TypedDict):
    """A function behind the API and its routes."""

    function: LambdaServiceReference
    """The function; the API waits one second longer than its timeout, at most 30."""
    routes: Sequence[str]
    """Route keys, e.g. `GET /v1/products/{sku}`."""
    public_routes: NotRequired[Sequence[str]]
    """Those of them that need no token, on purpose (default none; without `jwt` all are open)."""


class HttpApiJwtArgs(TypedDict):
    """Who signs callers' tokens."""

    issuer: Input[str]
    """Issuer URL, as in the token's `iss`."""
    audience: Input[Sequence[Input[str]]]
    """Accepted `aud` values."""


def create_routes(
    name: str,
    functions: Mapping[str, HttpApiFunctionArgs],
    jwt: HttpApiJwtArgs | None,
    api: aws.apigatewayv2.Api,
    opts: ResourceOptions,
) -> list[pulumi.Resource]:
    """The routes, with one integration and one invoke right per function.

    Args:
        name: The API's logical name; children are called after it.
        functions: Functions by a short name.
        jwt: Token authority of all routes that are not public.
        api: What the routes belong to.
        opts: The parent.
    """
    authorizer = None if jwt is None else _authorizer(name, jwt, api, opts)
    made: list[pulumi.Resource] = []
    for short, routed in sorted(functions.items()):
        function = routed["function"]
        timeout = require_int(f"HttpApi '{name}': timeout of '{short}'", function["timeout"])
        integration = aws.apigatewayv2.Integration(
            f"{name}-{short}",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.get("invoke_arn", function["alias_arn"]),
            integration_method="POST",
            payload_format_version="2.0",
            timeout_milliseconds=min(timeout + 1, LONGEST_WAIT_SECONDS) * 1000,
            opts=opts,
        )
        aws.lambda_.Permission(
            f"{name}-{short}-invoke",
            action="lambda:InvokeFunction",
            function=function["function_name"],
            qualifier=function["alias_name"],
            principal="apigateway.amazonaws.com",
            source_arn=Output.concat(api.execution_arn, "/*/*"),
            opts=opts,
        )
        public = routed.get("public_routes", [])
        made += [
            aws.apigatewayv2.Route(
                f"{name}-{short}-{_slug(key)}",
                api_id=api.id,
                route_key=key,
                target=Output.concat("integrations/", integration.id),
                authorization_type="NONE" if authorizer is None or key in public else "JWT",
                authorizer_id=None if authorizer is None or key in public else authorizer.id,
                opts=opts,
            )
            for key in routed["routes"]
        ]
    return made


def _authorizer(
    name: str, jwt: HttpApiJwtArgs, api: aws.apigatewayv2.Api, opts: ResourceOptions
) -> aws.apigatewayv2.Authorizer:
    return aws.apigatewayv2.Authorizer(
        f"{name}-jwt",
        api_id=api.id,
        name="jwt",
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration={"issuer": jwt["issuer"], "audiences": jwt["audience"]},
        opts=opts,
    )


def _slug(key: str) -> str:
    method, path = key.split(" ", 1) if " " in key else ("any", key)
    words = [part.strip("{}+") for part in path.split("/") if part]
    return "-".join([method.lower(), *words]) or method.lower()
