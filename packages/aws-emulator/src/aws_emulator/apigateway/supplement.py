"""HTTP APIs as API Gateway serves them, in place of the emulator's; and CloudFront's way to it.

It wraps the emulator's application, so that a request to an API passes nothing else. REST and WebSocket APIs, and HTTP
APIs with a route under IAM authorisation, stay the emulator's. Not enforced here: mutual TLS, payload format 1.0
(functions get 2.0), parameter mappings of Lambda integrations.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from aws_emulator.apigateway import access_log, asgi, backend, limits
from aws_emulator.apigateway.access_log_writer import SECONDS, AccessLogWriter, Event
from aws_emulator.apigateway.asgi import Message, Receive, Send
from aws_emulator.apigateway.cloudfront import CloudFrontOrigins
from aws_emulator.apigateway.limits import RouteThrottles
from aws_emulator.apigateway.messages import ApiEndpoint, HttpApiExchange, HttpApiRequest, HttpApiResponse
from aws_emulator.apigateway.pipeline import RequestPipeline, Settings
from aws_emulator.cloudwatch.service_metrics import count_api_request
from aws_emulator.lambda_invocations import invocations
from aws_emulator.ministack.emulator import Emulator
from aws_emulator.ministack.supplement import EmulatorSupplement
from aws_emulator.quotas.buckets import Buckets

PATH = "/_aws/execute-api/"


class ApiGateway(EmulatorSupplement):
    """HTTP APIs as API Gateway serves them."""

    name = "apigateway"
    adds = "HTTP APIs throttle, log each request, end at their timeouts and limits, and answer with AWS's own errors"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._throttles = RouteThrottles(Buckets())
        self._logs = AccessLogWriter(self._put_log_events, seconds=float(settings.get("log_seconds", SECONDS)))
        self._stream, self._streams = uuid.uuid4().hex, set[str]()
        self._counts: dict[str, int] = {}

    def install(self) -> None:
        """Wrap the application, and CloudFront's requests to an origin."""
        self._app, self._apis = self.emulator.module("app"), self.emulator.module("apigateway")
        self._rest = self.emulator.module("apigateway_v1")
        self._backend = backend.EmulatorApiBackend(self.emulator)
        self._pipeline = RequestPipeline(self._backend, self._throttles, (self._log, self._count, self._measure))
        self._origins = CloudFrontOrigins(self.emulator, self._app.app, self.find_endpoint, self.handle)
        self._origins.install()
        self.emulator.replace("app", "app", self._serve)

    async def stop(self) -> None:
        """Write the log lines that wait."""
        await self._logs.flush()
        self._backend.close()

    def reset(self) -> None:
        """Full buckets, no lines."""
        self._throttles.clear()
        self._logs.clear()
        self._streams.clear()
        self._counts.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """Answers by kind, and lines of access logs."""
        return {"answers": dict(sorted(self._counts.items())), "access_log_lines": self._logs.figures}

    def find_endpoint(self, host: str, path: str) -> tuple[ApiEndpoint, str] | None:
        """The stage that a request is for, and its path below that; None where it is for no HTTP API.

        Args:
            host: The Host header.
            path: As the client sent it.
        """
        if not (path.startswith(PATH) or ".execute-api." in host or self._is_custom_domain(host)):
            return None
        decoded = self._apis.decode_http_api_path(path)
        parsed, custom = self._app._parse_execute_api_url(host, decoded), False
        if parsed is None:
            parsed, custom = self._app._resolve_custom_domain_request(host, decoded), True
        if parsed is None or parsed[2].startswith("/@connections/"):
            return None
        api, stage, rest = parsed
        owner = self._find_owner(api)
        if owner is None:
            return None
        with self.emulator.scope(*owner):
            if not (custom and stage):
                stage, rest = self._app._resolve_stage_and_path(api, stage, rest)
        own = host.rsplit(":", 1)[0] if custom else f"{api}.execute-api.{self._app._MINISTACK_HOST}"
        return ApiEndpoint(api, stage, *owner, own, custom), rest

    async def handle(self, request: HttpApiRequest, endpoint: ApiEndpoint) -> HttpApiResponse:
        """The answer of an API."""
        with self.emulator.scope(endpoint.account, endpoint.region):
            return await self._pipeline.handle(request, endpoint)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._origins.serve(scope, receive, send)
            return
        raw = (scope.get("raw_path") or b"").decode("latin-1") or scope["path"]
        found = self.find_endpoint(asgi.find_header(scope, "host"), raw)
        if found is None:
            await self._origins.serve(scope, receive, send)
            return
        async with self._app._get_reset_lock():
            pass  # while the emulator is emptied
        body = await asgi.read_body(receive, limits.BODY_BYTES)
        if body is None:
            return
        endpoint, path = found
        reply = await self.handle(asgi.build_request(scope, path, body), endpoint)
        await asgi.send_response(send, reply, head=scope["method"] == "HEAD")

    def _is_custom_domain(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0]
        return "." in name and name != "127.0.0.1" and self._rest.find_domain_scope(name) is not None

    def _find_owner(self, identity: str) -> tuple[str, str] | None:
        """Account and region of an HTTP API that is served here."""
        for (account, region, api), settings in self._apis._apis.all_items():
            if api == identity and settings.get("protocolType") == "HTTP":
                routes = self._apis._routes.get_scoped(account, region, api, {}).values()
                signed = any(str(route.get("authorizationType")).upper() == "AWS_IAM" for route in routes)
                return None if signed else (account, region)
        return None

    def _log(self, exchange: HttpApiExchange, stage: Settings) -> None:
        settings = stage.get("accessLogSettings") or {}
        if settings.get("destinationArn") and settings.get("format"):
            line = access_log.format_line(settings["format"], exchange)[: limits.LINE_BYTES]
            self._logs.add(settings["destinationArn"], int(exchange.began * 1000), line)

    def _count(self, exchange: HttpApiExchange, _: Settings) -> None:
        kind = "throttled" if exchange.error_type == "THROTTLED" else f"{exchange.status // 100}xx"
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def _measure(self, exchange: HttpApiExchange, _: Settings) -> None:
        record, endpoint = self.emulator.module("cloudwatch").record_metric, exchange.endpoint
        for count in count_api_request(
            endpoint.api, endpoint.stage, exchange.status, exchange.latency_ms, exchange.integration_ms
        ):
            record("AWS/ApiGateway", count.name, count.value, count.unit, count.dimensions)

    async def _put_log_events(self, group_arn: str, events: Sequence[Event]) -> None:
        account, region = invocations.parse_scope(group_arn)
        group = group_arn.split(":", 6)[6].removesuffix(":*")
        with self.emulator.scope(account, region):
            named = {"logGroupName": group, "logStreamName": self._stream}
            if group_arn not in self._streams:
                await self._call_logs("CreateLogStream", named)  # an answer that it is there is as good
                self._streams.add(group_arn)
            status, said = await self._call_logs("PutLogEvents", {**named, "logEvents": list(events)})
        if status != 200:
            self._streams.discard(group_arn)
            raise RuntimeError(said)

    async def _call_logs(self, action: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """The answer of the log service, through everything that listens there."""
        headers = {"x-amz-target": f"Logs_20140328.{action}", "content-type": "application/x-amz-json-1.1"}
        handle = self._app.SERVICE_HANDLERS["logs"]
        status, _, answered = await handle("POST", "/", headers, json.dumps(body).encode(), {})
        return status, answered.decode("utf-8", "replace") if isinstance(answered, bytes) else str(answered)
