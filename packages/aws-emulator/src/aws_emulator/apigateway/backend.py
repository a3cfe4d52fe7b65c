"""What the request pipeline relies on, from the emulator: APIs' settings, token verification, functions."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aws_emulator.apigateway import jwt_challenge
from aws_emulator.apigateway.limits import RateLimit
from aws_emulator.apigateway.messages import ApiEndpoint, HttpApiError, HttpApiExchange, HttpApiResponse
from aws_emulator.apigateway.pipeline import IntegrationOutcome, Settings
from aws_emulator.lambda_invocations import client, invocations
from aws_emulator.lambda_invocations.client import HttpClient
from aws_emulator.ministack.emulator import Emulator

PRINCIPAL = "apigateway.amazonaws.com"


class EmulatorApiBackend:
    """The emulator's APIs and functions; each call is made in the API's account and region."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._apis = emulator, emulator.module("apigateway")
        self._functions = emulator.module("lambda_svc")
        self._caller = HttpClient(client.read_functions_url())

    def close(self) -> None:
        """End connections."""
        self._caller.close()

    def find_api(self, endpoint: ApiEndpoint) -> Settings | None:
        """An API."""
        return self._apis._apis.get(endpoint.api)

    def find_stage(self, endpoint: ApiEndpoint) -> Settings | None:
        """A stage."""
        return self._apis._stages.get(endpoint.api, {}).get(endpoint.stage)

    def find_route(self, endpoint: ApiEndpoint, method: str, path: str) -> tuple[Settings, Mapping[str, str]] | None:
        """The route for a request, and its path's parameters."""
        path = "/" + path.lstrip("/")
        route = self._apis._match_route(endpoint.api, method, path)
        if route is None:
            return None
        _, _, template = str(route.get("routeKey", "")).partition(" ")
        return route, (self._apis._extract_path_params(template, path) or {}) if template else {}

    def find_integration(self, endpoint: ApiEndpoint, route: Settings) -> Settings | None:
        """What a route calls."""
        identity = str(route.get("target", "")).rsplit("/", 1)[-1]
        return self._apis._integrations.get(endpoint.api, {}).get(identity)

    def find_account_limit(self, endpoint: ApiEndpoint) -> RateLimit | None:
        """The account's limit; None when it is reached."""
        quotas = self._emulator.quotas
        if not quotas.allow("apigateway.rate", (endpoint.account, endpoint.region)):
            return None
        return RateLimit(quotas.value("apigateway.rate"), quotas.value("apigateway.burst"))

    async def authorize(self, exchange: HttpApiExchange, route: Settings, parameters: Mapping[str, str]) -> Settings:
        """The event's `authorizer`."""
        kind = str(route.get("authorizationType") or "NONE").upper()
        if kind == "JWT":
            return await self._authorize_token(exchange, route)
        if kind == "CUSTOM":
            return await self._authorize_request(exchange, route, parameters)
        return {}

    async def invoke(
        self, exchange: HttpApiExchange, integration: Settings, event: dict[str, Any]
    ) -> IntegrationOutcome:
        """The outcome of a function."""
        reference = self._apis._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        arn = self._build_arn(exchange.endpoint, reference)
        found = invocations.find_function(self._emulator, arn)
        if found is None:
            return IntegrationOutcome("missing")
        if not integration.get("credentialsArn") and self._is_denied(exchange, arn):
            return IntegrationOutcome("denied")
        with self._emulator.scope(*invocations.parse_scope(arn)):
            if client.runs_in_process(self._functions, found.config):
                result = await client.invoke(self._functions, self._caller, found.record, event)
            else:
                result = await invocations.execute(self._emulator, found, event)
        kind = "throttled" if result.get("throttle") else "failed" if result.get("error") else "returned"
        return IntegrationOutcome(kind, _parse_result(result), str(result.get("request_id", "")))

    async def forward(self, exchange: HttpApiExchange) -> HttpApiResponse:
        """The emulator's own answer: HTTP integrations."""
        request, endpoint = exchange.request, exchange.endpoint
        headers = {**request.headers, **({"cookie": "; ".join(request.cookies)} if request.cookies else {})}
        status, answered, body = await self._apis.handle_execute(
            endpoint.api, endpoint.stage, request.path, request.method, headers, request.body,
            parse_qs(request.query, keep_blank_values=True), raw_query_string=request.query,
        )  # fmt: skip
        pairs = [(n, str(v)) for n, vs in answered.items() for v in (vs if isinstance(vs, list | tuple) else [vs])]
        kept = tuple((name, value) for name, value in pairs if name.lower() != "content-length")
        return HttpApiResponse(status, kept, body if isinstance(body, bytes) else str(body).encode())

    def _is_denied(self, exchange: HttpApiExchange, arn: str) -> bool:
        """Whether the function's policy has no statement for the route."""
        endpoint, (method, _, template) = exchange.endpoint, exchange.route_key.partition(" ")
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
        where = f"{exchange.request.method if method == 'ANY' else method}{template}" if template else "$default"
        source = f"arn:aws:execute-api:{endpoint.region}:{endpoint.account}:{endpoint.api}/{endpoint.stage}/{where}"
        ask = self._emulator.permissions.check_resource_policy
        return ask("lambda", arn, PRINCIPAL, "lambda:InvokeFunction", source) is not None

    def _build_arn(self, endpoint: ApiEndpoint, reference: str) -> str:
        """A function's ARN, as the integration has it or by its name alone."""
        if reference.startswith("arn:"):
            return reference
        return f"arn:aws:lambda:{endpoint.region}:{endpoint.account}:function:{reference}"

    async def _authorize_token(self, exchange: HttpApiExchange, route: Settings) -> Settings:
        request = exchange.request
        authorizer = self._apis._authorizers.get(exchange.endpoint.api, {}).get(route.get("authorizerId") or "") or {}
        query = parse_qs(request.query, keep_blank_values=True)
        claims, scopes, refused = await self._apis._validate_jwt_authorizer(route, authorizer, request.headers, query)
        if not refused:
            texts = {name: self._apis._jwt_claim_to_string(value) for name, value in (claims or {}).items()}
            return {"jwt": {"claims": texts, "scopes": scopes or []}}
        if refused[0] == 403:
            value, reason = jwt_challenge.build_forbidden_challenge(route.get("authorizationScopes") or [])
            raise HttpApiError(403, "Forbidden", "ACCESS_DENIED", (jwt_challenge.CHALLENGE, value), reason=reason)
        token = jwt_challenge.find_token(authorizer.get("identitySource"), request.headers, query)
        value, reason = jwt_challenge.build_unauthorized_challenge(token, authorizer)
        raise HttpApiError(401, "Unauthorized", "UNAUTHORIZED", (jwt_challenge.CHALLENGE, value), reason=reason)

    async def _authorize_request(
        self, exchange: HttpApiExchange, route: Settings, parameters: Mapping[str, str]
    ) -> Settings:
        request, endpoint = exchange.request, exchange.endpoint
        variables = (self.find_stage(endpoint) or {}).get("stageVariables") or {}
        _, _, template = exchange.route_key.partition(" ")
        refused, context = await self._apis._authorize_request_v2(
            endpoint.api, endpoint.stage, route, request.method, request.path, template or request.path,
            request.headers, parse_qs(request.query, keep_blank_values=True), dict(parameters), variables,
            endpoint.account, endpoint.region, request.query,
        )  # fmt: skip
        if refused is None:
            return {"lambda": context or {}}
        status, _, body = refused
        kind = {401: "UNAUTHORIZED", 403: "ACCESS_DENIED"}.get(status, "AUTHORIZER_FAILURE")
        message = str(json.loads(body).get("message", ""))
        raise HttpApiError(status, message, kind, reason="the authorizer refused it")


def _parse_result(result: Mapping[str, Any]) -> Any:
    """What a function returned; the emulator's own executor leaves some of it as text."""
    body = result.get("body")
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if result.get("raw_payload") and isinstance(body, str):
        try:
            return json.loads(body)
        except ValueError:
            return body
    return body
