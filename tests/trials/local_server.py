"""An HTTP server on a free port of 127.0.0.1 for one function."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Mapping[str, str], bytes]
Serve = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Method, path, headers by lower-case name and body of a request, in a thread of its own."""


STOP_SECONDS = 0.02
"""How long a server takes to notice that it is to end."""


class _Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 256


@contextmanager
def http_server(serve: Serve) -> Iterator[str]:
    """Its address, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, given, content = serve(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **given, "content-length": len(content)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    for method in ("GET", "POST"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
