"""The program of the stand-in plane: a health page, a number that it keeps, and bad habits on demand."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Pages(BaseHTTPRequestHandler):
    """`/health` and `/number` show the number, `/add` counts."""

    number = 0

    def do_GET(self) -> None:
        Pages.number += self.path == "/add"
        body = str(Pages.number).encode()
        self.send_response(200 if self.path in ("/health", "/add", "/number") else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def load(snapshot: Path) -> None:
    try:
        Pages.number = int(snapshot.read_text()) if snapshot.exists() else 0
    except ValueError:
        say("the snapshot could not be read")


def save(snapshot: Path, habits: set[str]) -> None:
    if "unsaved" in habits:
        say("the snapshot could not be written")
    else:
        snapshot.write_text(str(Pages.number))


def main() -> None:
    habits, snapshot = set(os.environ["HABITS"].split()), Path(os.environ["DATA"], "number")
    stopped = threading.Event()

    def end(*_: Any) -> None:
        if "stubborn" not in habits:
            stopped.set()

    signal.signal(signal.SIGTERM, end)
    if "child" in habits:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(tempfile.gettempdir(), "child").write_text(str(child.pid))
    if "exits" in habits:
        sys.exit("the last words of a plane that ends")
    while "sleeps" in habits:
        time.sleep(600)
    load(snapshot)
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say("serving")
    stopped.wait()
    save(snapshot, habits)


if __name__ == "__main__":
    main()
