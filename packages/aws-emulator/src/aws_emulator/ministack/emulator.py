"""The emulator as supplements see it: its modules by name, and the few ways to change what it does."""

import contextlib
import importlib
import sys
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator import versions
from aws_emulator.iam.checks import PermissionChecks, UncheckedPermissions
from aws_emulator.ministack.private_names import Names
from aws_emulator.quotas.account import AccountQuotas

ServiceResponse = tuple[int, dict[str, str], Any]
"""Status, headers, body: what the emulator's handlers return."""


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A request to a service's API, authenticated and authorised."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    query: Mapping[str, list[str]]

    @property
    def action(self) -> str:
        """The operation of a JSON protocol, `SendMessage`; empty for REST protocols."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]


Before = Callable[[ServiceRequest], Awaitable[ServiceResponse | None]]
"""Answers in the service's place, or None to let it."""
After = Callable[[ServiceRequest, ServiceResponse], None]
"""Called with each answer."""


class Emulator:
    """The running emulator."""

    def __init__(self) -> None:
        self.permissions: PermissionChecks = UncheckedPermissions()
        """What services ask before they act for somebody; the supplement `permissions` puts its answers here."""
        self.quotas = AccountQuotas()
        """What the account may do: `quotas.value("sqs.inflight")`, `quotas.allow("apigateway.rate", key)`."""
        self.asynchronous: Any = None
        """Takes events for functions, `accept(function_arn, payload)`; None without the supplement of that name."""
        self._modules: dict[str, Any] = {}
        self._before: dict[str, list[Before]] = {}
        self._after: dict[str, list[After]] = {}

    def module(self, name: str) -> Any:
        """A module: a service's by its short name, `core.<name>`, or `app`."""
        found = self._modules.get(name)
        if found is None:
            path = name if name == "app" or name.startswith("core.") else f"services.{name}"
            found = self._modules[name] = importlib.import_module(f"ministack.{path}")
        return found

    def require(self, names: Names, user: str) -> None:
        """Refuse an emulator that lacks a name.

        Args:
            names: By module.
            user: What relies on them, for the message.

        Raises:
            SystemExit: a name is gone; the message lists all that are.
        """
        missing = [
            f"{module}.{name}" for module, found in names.items() for name in found if not self._has(module, name)
        ]
        if missing:
            sys.exit(
                f"error: this emulator has no {', '.join(missing)}; {user} needs {versions.read_emulator_version()}"
            )

    def replace(self, module: str, name: str, put: Callable[..., Any]) -> Callable[..., Any]:
        """Put a function in another's place, and return that one."""
        found = self.module(module)
        original: Callable[..., Any] = getattr(found, name)
        setattr(found, name, put)
        return original

    def before(self, service: str, hook: Before) -> None:
        """Ask a hook before a service handles a request; the first that answers wins."""
        self._hook_service(service)
        self._before[service].append(hook)

    def after(self, service: str, hook: After) -> None:
        """Tell a hook of a service's answers."""
        self._hook_service(service)
        self._after[service].append(hook)

    @contextlib.contextmanager
    def scope(self, account: str, region: str) -> Generator[None]:
        """What runs within belongs to an account and a region."""
        responses = self.module("core.responses")
        tokens = responses._request_account_id.set(account), responses._request_region.set(region)
        try:
            yield
        finally:
            responses._request_region.reset(tokens[1])
            responses._request_account_id.reset(tokens[0])

    def _has(self, module: str, name: str) -> bool:
        try:
            found = self.module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except (AttributeError, ImportError):
            return False
        return True

    def _hook_service(self, service: str) -> None:
        if service in self._before:
            return
        handlers = self.module("app").SERVICE_HANDLERS
        before, after = self._before.setdefault(service, []), self._after.setdefault(service, [])
        handle = handlers[service]

        async def handle_hooked(method: str, path: str, headers: Any, body: bytes, query: Any) -> ServiceResponse:
            request = ServiceRequest(method, path, headers, body, query)
            answer = await _find_first_response(before, request) or await handle(method, path, headers, body, query)
            for hook in after:
                hook(request, answer)
            return answer

        handlers[service] = handle_hooked


async def _find_first_response(hooks: Iterable[Before], request: ServiceRequest) -> ServiceResponse | None:
    for hook in hooks:
        answer = await hook(request)
        if answer is not None:
            return answer
    return None
