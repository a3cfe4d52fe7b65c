"""A shop on the toy cloud, as operators and experiments reach it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sandbox.host.local_http import request_json
from scaleshop.architectures.base import DeployedShop, LogLine
from scaleshop.errors import CommandError, Exit
from trials.chaos.platform import Effect, Undo

# What the toy cloud can do to its shop.
CAN = frozenset({"pause", "poison", "shuffle", "replay_events", "redrive", "sweep"})


class ToyShop(DeployedShop):
    """The outputs of a stack, and the toy cloud behind them."""

    @property
    def storefront_url(self) -> str:
        return self.api_url

    def operate(self, action: str, **arguments: Any) -> dict[str, Any]:
        found = self.post("ops", {"action": action, **arguments})
        if "problem" in found:
            raise CommandError(f"ops {action}: {found['problem']['detail']}", Exit.USAGE)
        return found

    @property
    def units(self) -> Collection[str]:
        return ("checkout",)

    def read_logs(self, units: Sequence[str], since: int, *, follow: bool) -> Iterator[LogLine]:
        for unit, timestamp, message in request_json(f"{self.endpoint}/logs"):
            if unit in units and timestamp >= since:
                yield LogLine(unit, timestamp, message)

    def platform(self) -> "ToyPlatform":
        return ToyPlatform(self.post)

    @property
    def endpoint(self) -> str:
        return f"{self.session.require_endpoint('toy')}/cloud"

    def post(self, path: str, document: Any = None) -> Any:
        return request_json(f"{self.endpoint}/{path}", method="POST", document=document or {})


class ToyPlatform:
    """What experiments may do; everything else is refused by name."""

    def __init__(self, post: Callable[[str, Any], Any]) -> None:
        self._post = post

    def refusal(self) -> str:
        return ""

    def explain_missing(self, action: str) -> str:
        return "" if action in CAN else f"the toy cloud has no '{action}'"

    def disturbances(self) -> Sequence[str]:
        return [unit for unit in self._post("platform/disturbances", []) if unit != "checkout"]

    def pause(self, unit: str) -> Undo:
        name = self._post("platform/pause", [unit])["undo"]
        return lambda: Effect(self._post(f"undo/{name}", None)["count"])

    def __getattr__(self, action: str) -> Callable[..., Effect]:
        def act(*arguments: Any) -> Effect:
            done = self._post(f"platform/{action}", list(arguments))
            return Effect(done["count"], done["names"])

        return act
