"""What plane tests of HTTP APIs share: an HTTP API in front of a function, its access log, its tokens."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from running_emulator import ACCOUNT, REGION, RunningEmulator, make_name

ECHOES = "def handler(event, context):\n    print('asked')\n    return event\n"
FORM = {"status": "$context.status", "sub": "$context.authorizer.claims.sub", "refused": "$context.authorizer.error"}


class DeployedHttpApi:
    """An HTTP API with one route."""

    def __init__(self, plane: RunningEmulator, *, source: str = ECHOES, route: str = "GET /v1/orders") -> None:
        self.plane, client = plane, plane.clients.apigatewayv2
        self.id = str(client.create_api(Name=make_name("api"), ProtocolType="HTTP")["ApiId"])
        self.function = plane.function(source)
        plane.clients.lambda_.add_permission(
            FunctionName=self.function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/*/*",
        )
        made = client.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=self.function, PayloadFormatVersion="2.0"
        )
        target = f"integrations/{made['IntegrationId']}"
        self.route = str(client.create_route(ApiId=self.id, RouteKey=route, Target=target)["RouteId"])
        client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)

    def __call__(self, path: str = "/v1/orders", **request: Any) -> Any:
        return self.plane.http("GET", f"/_aws/execute-api/{self.id}/$default{path}", **request)

    def configure_stage(self, **settings: Any) -> None:
        self.plane.clients.apigatewayv2.update_stage(ApiId=self.id, StageName="$default", **settings)

    def configure_log(self, group: str) -> None:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
        self.configure_stage(AccessLogSettings={"DestinationArn": arn, "Format": json.dumps(FORM)})


def read_lines(plane: RunningEmulator, group: str) -> list[dict[str, Any]]:
    events = plane.clients.logs.filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


class Authority:
    """Who signs tokens."""

    def __init__(self, url: str) -> None:
        self.url, self._key = url, rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def keys(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        key = {
            "kid": "one",
            "kty": "RSA",
            "alg": "RS256",
            "n": _encode_number(numbers.n),
            "e": _encode_number(numbers.e),
        }
        return json.dumps({"keys": [key]}).encode()

    def token(self, **claims: Any) -> str:
        usual = {"iss": self.url, "aud": "shop", "exp": int(time.time()) + 600, "sub": "customer-1"}
        head, body = ({"alg": "RS256", "kid": "one"}, {**usual, **claims})
        signed = ".".join(_encode(json.dumps(part).encode()) for part in (head, body))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encode(signature)}"


@contextmanager
def serve_authority() -> Iterator[Authority]:
    """A token authority that serves its keys."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/.well-known/jwks.json"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(found.keys if known else b"{}")

        def log_message(self, format: str, *said: object) -> None:  # noqa: A002 - its name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    found = Authority(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _encode_number(value: int) -> str:
    return _encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
