"""The toy cloud: a server that keeps resources in memory and runs the shop in this process as they say.

A service answers the shop's API under /shops/<id>; nothing is delivered to a consumer before there is a worker of its
name. What an operator may do is under /cloud.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "trials"))

from memory_platform import MemoryPlatform

from apps.shop.domain.errors import ShopRefusalError
from apps.shop.entrypoints.problems import ApiProblem, problem_of

Answer = tuple[int, Mapping[str, str], bytes]
UNITS = ("checkout", "orders", "inventory", "payment")


class Cloud:
    """Resources by id, and the shop while there is a service."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.shop: MemoryPlatform | None = None
        self.lines: list[tuple[str, int, str]] = []
        self.undo: dict[str, Any] = {}

    def put(self, resource: str, properties: dict[str, Any]) -> Any:
        self.resources[resource] = properties
        if properties["type"] == "Service" and self.shop is None:
            self.shop = MemoryPlatform()
            self.shop.paused.update(UNITS)
            for run in (self.shop.run_relay, self.shop.run_sweeper):
                threading.Thread(target=run, daemon=True).start()
            for name in UNITS[1:]:
                threading.Thread(target=self.shop.run_consumer, args=(name,), daemon=True).start()
        if properties["type"] == "Worker" and self.shop is not None:
            self.shop.paused.discard(properties["queue"])
        return properties

    def delete(self, resource: str) -> Any:
        properties = self.resources.pop(resource, None)
        if properties is not None and self.shop is not None:
            if properties["type"] == "Worker":
                self.shop.paused.add(properties["queue"])
            else:
                self.shop.stopping.set()
                self.shop = None
        return properties

    def operate(self, action: str, arguments: dict[str, Any]) -> Any:
        if self.shop is None:
            return {"problem": {"detail": "there is no service"}}
        try:
            return self.shop.operate(action, **arguments)
        except ApiProblem as problem:
            return {"problem": problem.body()}
        except ShopRefusalError as error:
            return {"problem": problem_of(error).body()}

    def act(self, action: str, arguments: list[Any]) -> Any:
        assert self.shop is not None
        done = getattr(self.shop, action)(*arguments)
        if callable(done):
            name = str(len(self.undo))
            self.undo[name] = done
            return {"undo": name}
        return done if isinstance(done, str | list) else {"count": done.count, "names": list(done.names)}

    def take_back(self, name: str) -> Any:
        return {"count": self.undo.pop(name)().count}

    def sell(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.shop is None:
            return 404, {}, b'{"message":"no such service"}'
        status, given, content = self.shop.answer(method, path, headers, body)
        self.lines.append(("checkout", int(time.time() * 1000), f"{method} {path} {status}"))
        return status, given, content


class Handler(BaseHTTPRequestHandler):
    """Requests to the cloud and to its shop."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    cloud = Cloud()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, given, content = self.find_answer(headers, body)
        self.send_response(status)
        for name, value in {"content-type": "application/json", **given, "content-length": len(content)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def find_answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "shops":
            return self.cloud.sell(self.command, "/" + rest.partition("/")[2], headers, body)
        document = json.loads(body) if body else {}
        match self.command, *rest.split("/"):
            case "GET", "health":
                found: Any = {}
            case "GET", "logs":
                found = self.cloud.lines
            case "GET", "resources", name:
                found = self.cloud.resources.get(name)
            case "PUT", "resources", name:
                found = self.cloud.put(name, document)
            case "DELETE", "resources", name:
                found = self.cloud.delete(name)
            case "POST", "ops":
                found = self.cloud.operate(document.pop("action"), document)
            case "POST", "platform", action:
                found = self.cloud.act(action, document)
            case "POST", "undo", name:
                found = self.cloud.take_back(name)
            case _:
                return 404, {}, b'"nothing there"'
        return (404 if found is None else 200), {}, json.dumps(found).encode()

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


def main() -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    sys.stdout.write("nothing was kept\n")
    sys.stdout.flush()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
