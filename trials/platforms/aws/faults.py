"""Faults of the AWS sandbox: between functions and services, and kills of functions' environments. AWS has neither."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from trials.chaos.platform import Effect, PlatformError, Undo

BUSY_SECONDS, LOOK_SECONDS = 3.0, 0.01
"""So long a worker at work is waited for before those that are idle are killed, and how often is looked."""
FIRST_SECONDS = 20.0
"""So long a function's first worker is waited for: nothing may have called it yet."""


class SandboxFaults:
    """The administration of a sandbox's faults, and of its pool of functions, over HTTP."""

    def __init__(self, faults: str, functions: str) -> None:
        """Describe a sandbox.

        Args:
            faults: The URL under which faults are put in and taken out.
            functions: The URL of the pool of functions.
        """
        self._faults, self._functions = faults, functions
        self._http = httpx.Client(headers={"X-Sandbox": "1"}, trust_env=False, timeout=30)

    def list_active(self) -> Sequence[str]:
        """Names of faults that are in force."""
        return list(self._request("GET", f"{self._faults}/")["faults"])

    def inject(self, fault: Mapping[str, Any]) -> Undo:
        """Put a fault in; its effect is how many calls it struck.

        Args:
            fault: Its `service`, `effect`, `caller`, `actions`, `share` and `seconds`, as the sandbox takes them.
        """
        url = f"{self._faults}/{fault['service']}-{fault['effect']}-{uuid.uuid4().hex[:6]}"
        self._request("PUT", url, fault)

        def undo() -> Effect:
            return Effect(sum(int(removed["struck"]) for removed in self._request("DELETE", url)["removed"]))

        return undo

    def kill(self, function: str) -> Effect:
        """Kill a function's environments that are at work, or all where none is at work for a while."""
        began = time.monotonic()
        while True:
            found = self._request("GET", f"{self._functions}/environments")["environments"]
            own = [one for one in found if one["function"] == function]
            chosen = [one["id"] for one in own if one["state"] == "busy"]
            waited = time.monotonic() - began
            if chosen or (own and waited > BUSY_SECONDS):
                killed = [name for name in chosen or [one["id"] for one in own] if self._end(name)]
                if killed:  # else each ended by itself between the look and the blow
                    return Effect(len(killed), killed)
            if waited > FIRST_SECONDS:
                return Effect(0, [])
            time.sleep(LOOK_SECONDS)

    def _end(self, environment: str) -> bool:
        """Kill an environment; whether it was still there."""
        url = f"{self._functions}/kill"
        try:
            return self._http.post(url, params={"environment": environment}).status_code == 200
        except httpx.HTTPError as error:
            msg = f"the functions do not answer POST {url}: {error}"
            raise PlatformError(msg) from error

    def _request(self, method: str, url: str, body: Any = None) -> Any:
        try:
            answer = self._http.request(method, url, json=body)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            msg = f"the sandbox does not answer {method} {url}: {error}"
            raise PlatformError(msg) from error
        if answer.status_code != 200:
            msg = f"the sandbox refuses {method} {url}: {found.get('message', found)}"
            raise PlatformError(msg)
        return found
