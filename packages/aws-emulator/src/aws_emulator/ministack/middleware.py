"""All supplements of one emulator: installed, started, saved and stopped with it, reachable under `/_sandbox`."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aws_emulator.ministack.emulator import Emulator, ServiceRequest
from aws_emulator.ministack.private_names import FRAMEWORK, PRIVATE_NAMES
from aws_emulator.ministack.supplement import EmulatorSupplement

PREFIX = "/_sandbox/"
# A page of another origin can't set it without a preflight, which nobody here answers.
GUARD = "x-sandbox"
# A page in a browser must not reach this by a name of its own.
HOSTS = ("127.0.0.1", "localhost")
BODY_BYTES = 1024 * 1024
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
logger = logging.getLogger("sandbox")


def install(
    supplements: Sequence[type[EmulatorSupplement]], settings: Mapping[str, Mapping[str, Any]], directory: Path | None
) -> "SupplementMiddleware":
    """Put supplements in, before the emulator serves.

    Args:
        supplements: In the order in which they are put in.
        settings: By supplement's name.
        directory: Where they keep state between runs; None for nowhere.

    Raises:
        SystemExit: the emulator lacks a name that one relies on.
    """
    emulator = Emulator()
    chosen = [kind(emulator, settings.get(kind.name, {})) for kind in supplements]
    middleware = SupplementMiddleware(chosen, directory)
    emulator.require(FRAMEWORK, "every supplement")  # before `install`, whose hooks rely on them
    for supplement in chosen:
        emulator.require(PRIVATE_NAMES[supplement.name], f"supplement '{supplement.name}'")
        supplement.install()
    middleware.wrap(emulator.module("app"))
    return middleware


class SupplementMiddleware:
    """The supplements at work."""

    def __init__(self, supplements: Sequence[EmulatorSupplement], directory: Path | None) -> None:
        self._supplements, self._directory = supplements, directory
        self._started: list[EmulatorSupplement] = []

    def wrap(self, app: Any) -> None:
        """Wrap the emulator's application, which its server then calls."""
        inner, wipe = app.app, app._reset_all_state

        async def serve_outer(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await self._run_lifespan(inner, scope, receive, send)
            elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
                await self._serve(scope, receive, send)
            else:
                await inner(scope, receive, send)

        def reset() -> None:
            wipe()
            for supplement in self._supplements:
                supplement.reset()

        app.app, app._reset_all_state = serve_outer, reset

    async def _run_lifespan(self, inner: Any, scope: Message, receive: Receive, send: Send) -> None:
        async def receive_and_stop() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._stop()  # before the emulator saves: what is in their hands goes back first
            return message

        async def start_and_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._start()
            await send(message)

        await inner(scope, receive_and_stop, start_and_send)

    async def _start(self) -> None:
        for supplement in self._supplements:
            self._load(supplement)
            await supplement.start()
            self._started.append(supplement)

    async def _stop(self) -> None:
        while self._started:
            supplement = self._started.pop()
            try:
                await supplement.stop()
                self._save(supplement)
            except Exception:  # the others are saved all the same
                # The words that the plane's table knows: what it holds is not whole.
                logger.exception("Persistence: failed to save supplement %s", supplement.name)

    def _build_file(self, supplement: EmulatorSupplement) -> Path | None:
        return self._directory / f"{supplement.name}.json" if self._directory else None

    def _load(self, supplement: EmulatorSupplement) -> None:
        file = self._build_file(supplement)
        if file is None or not file.exists():
            return
        try:
            supplement.load(json.loads(file.read_text()))
        except Exception:  # whatever it is, the plane's table knows these words
            logger.exception("Persistence: failed to load supplement %s", supplement.name)
        file.unlink()  # a crash from here on must not bring it back

    def _save(self, supplement: EmulatorSupplement) -> None:
        file, state = self._build_file(supplement), supplement.save()
        if file is None or state is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = file.with_suffix(".new")
        whole.write_text(json.dumps(state))
        whole.replace(file)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        status, document = await self._handle(scope, receive)
        body = json.dumps(document).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _handle(self, scope: Message, receive: Receive) -> tuple[int, Any]:
        method, path = scope["method"], scope["path"].removeprefix(PREFIX)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "").rsplit(":", 1)[0]
        if host not in HOSTS:
            return 403, {"message": f"this answers to {' and '.join(HOSTS)} alone, not to '{host}'"}
        if method == "GET" and path == "status":
            return 200, {"supplements": [_describe_supplement(supplement) for supplement in self._supplements]}
        if method != "GET" and GUARD not in headers:
            return 403, {"message": "send the header X-Sandbox: 1"}
        body = await _read_body(receive)
        if body is None:
            return 413, {"message": f"send at most {BODY_BYTES} bytes"}
        name, _, rest = path.partition("/")
        query = parse_qs(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True)
        for supplement in self._supplements:
            if supplement.name == name:
                answer = await supplement.administer(ServiceRequest(method, rest, headers, body, query))
                return answer or (404, {"message": f"supplement '{name}' has nothing at {method} {rest or '/'}"})
        known = ", ".join(supplement.name for supplement in self._supplements)
        return 404, {"message": f"there is no supplement '{name}'; there are: {known}"}


def _describe_supplement(supplement: EmulatorSupplement) -> dict[str, Any]:
    return {"name": supplement.name, "adds": supplement.adds, "figures": dict(supplement.collect_figures())}


async def _read_body(receive: Receive) -> bytes | None:
    """The body; None when it is too large."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES:
            return None
        if not message.get("more_body"):
            return body
