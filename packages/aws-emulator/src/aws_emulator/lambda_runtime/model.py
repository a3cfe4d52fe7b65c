"""Functions, invocations and their outcomes, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class Logging:
    """Where a function logs, and how."""

    group: str
    own_group: bool
    """Whether the group was named by the function's settings, not derived from its name."""
    json: bool
    level: str | None
    """Of the function's own records; None with plain text."""
    system_level: str
    """Of the platform's records: DEBUG, INFO or WARN."""


@dataclass(frozen=True, slots=True)
class Function:
    """One version of a function, with everything that an environment for it needs."""

    arn: str
    """Without a qualifier."""
    version: str
    revision: str
    """Changes whenever the code or a setting does."""
    handler: str
    runtime: str
    role: str
    timeout: int
    """Seconds."""
    memory: int
    """MB."""
    variables: Mapping[str, str]
    layers: tuple[str, ...]
    code: str
    """Base64 of the archive's SHA-256."""
    logging: Logging

    @property
    def name(self) -> str:
        """Name."""
        return self.arn.split(":")[6]

    @property
    def region(self) -> str:
        """Region."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Account."""
        return self.arn.split(":")[4]

    @property
    def key(self) -> tuple[str, str, str]:
        """What an environment is good for."""
        return self.arn, self.version, self.revision


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request to a function."""

    request: str
    """Request id."""
    arn: str
    """As it was called, with version or alias."""
    payload: bytes
    trace: str = ""
    tail: bool = False
    """Whether the end of the log is wanted."""


@dataclass(frozen=True, slots=True)
class InvocationOutcome:
    """What an invocation came to."""

    payload: bytes
    error: str | None = None
    """`Unhandled` when it failed."""
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a function signs its calls with."""

    values: Mapping[str, str] = field(default_factory=dict)
    """By environment variable."""


def parse_function(configuration: Mapping[str, Any]) -> Function:
    """A function from the answer of GetFunctionConfiguration."""
    arn = ":".join(str(configuration["FunctionArn"]).split(":")[:7])
    version = str(configuration.get("Version") or LATEST)
    code = str(configuration.get("CodeSha256") or "")
    return Function(
        arn=arn,
        version=version,
        revision=find_revision(configuration),
        handler=str(configuration.get("Handler") or ""),
        runtime=str(configuration.get("Runtime") or ""),
        role=str(configuration.get("Role") or ""),
        timeout=int(configuration.get("Timeout") or 3),
        memory=int(configuration.get("MemorySize") or 128),
        variables={**((configuration.get("Environment") or {}).get("Variables") or {})},
        layers=tuple(str(layer["Arn"]) for layer in configuration.get("Layers") or ()),
        code=code,
        logging=_parse_logging(arn.split(":")[6], configuration.get("LoggingConfig") or {}),
    )


def find_revision(configuration: Mapping[str, Any]) -> str:
    """What tells one state of a version from another."""
    return f"{configuration.get('RevisionId')}/{configuration.get('CodeSha256')}"


def find_qualifier(arn: str) -> str:
    """The version or alias at an ARN's end."""
    parts = arn.split(":")
    return parts[7] if len(parts) > 7 else LATEST


def _parse_logging(name: str, settings: Mapping[str, Any]) -> Logging:
    # https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html: levels are JSON's alone, INFO by default.
    json = str(settings.get("LogFormat") or "Text").upper() == "JSON"
    group, usual = settings.get("LogGroup"), f"/aws/lambda/{name}"
    return Logging(
        group=str(group or usual),
        own_group=bool(group) and group != usual,
        json=json,
        level=str(settings.get("ApplicationLogLevel") or "INFO") if json else None,
        system_level=str(settings.get("SystemLogLevel") or "INFO") if json else "INFO",
    )
