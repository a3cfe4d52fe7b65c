"""The shop's settings, read from the environment once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """Times and limits; where they are set is the platform's affair."""

    platform: str = "memory"
    version: str = "1"
    auth_mode: Literal["header", "jwt"] = "header"
    reservation_ttl_seconds: float = 300
    order_deadline_seconds: float = 600
    outbox_resend_after_seconds: float = 60
    payment_slow_seconds: float = 2
    max_pending_orders: int = 0
    """Orders without an end at which new ones are shed; 0 sheds none."""
    faults_enabled: bool = False
    """Whether a trial may break things."""


class ConfigError(ValueError):
    """Variables that can't be used; the message lists every one."""


def from_environment(variables: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        ConfigError: one line for each bad variable.
    """
    problems: list[str] = []

    def number(name: str, default: float) -> float:
        text = variables.get(name, "")
        try:
            value = float(text) if text else default
        except ValueError:
            value = -1
        if not 0 <= value < math.inf:
            problems.append(f"{name} is '{text}'; it must be a number, 0 or more")
            return default
        return value

    mode = variables.get("AUTH_MODE", "header")
    if mode not in ("header", "jwt"):
        problems.append(f"AUTH_MODE is '{mode}'; it must be 'header' or 'jwt'")
    faults = variables.get("FAULTS_ENABLED", "false")
    if faults not in ("true", "false"):
        problems.append(f"FAULTS_ENABLED is '{faults}'; it must be 'true' or 'false'")
    settings = Settings(
        platform=variables.get("SHOP_PLATFORM", "memory"),
        version=variables.get("SHOP_VERSION", "1"),
        auth_mode="jwt" if mode == "jwt" else "header",
        reservation_ttl_seconds=number("RESERVATION_TTL_SECONDS", 300),
        order_deadline_seconds=number("ORDER_DEADLINE_SECONDS", 600),
        outbox_resend_after_seconds=number("OUTBOX_RESEND_AFTER_SECONDS", 60),
        payment_slow_seconds=number("PAYMENT_SLOW_SECONDS", 2),
        max_pending_orders=int(number("MAX_PENDING_ORDERS", 0)),
        faults_enabled=faults == "true",
    )
    if problems:
        raise ConfigError("the shop's environment is wrong:\n  " + "\n  ".join(problems))
    return settings
