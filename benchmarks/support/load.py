"""Clients that ask as fast as they are answered."""

import http.client
import threading
import time
from collections.abc import Callable

Ask = Callable[[http.client.HTTPConnection], None]
"""Sends a request and reads its answer; one that is not as it should be ends the benchmark."""


def closed_loop(endpoint: str, ask: Ask, *, clients: int, seconds: float) -> list[float]:
    """Latencies in seconds of all requests that some clients make in some time, each with a connection of its own."""
    found: list[float] = []
    end = time.perf_counter() + seconds

    def run() -> None:
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
        while (started := time.perf_counter()) < end:
            ask(connection)
            found.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
