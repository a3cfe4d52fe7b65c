"""The shop's settings, as its environment has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.environment import AuthMode


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Times and limits; apps/contracts/environment.py says what each means, and the platform sets them."""

    platform: str
    version: str
    auth_mode: AuthMode
    reservation_ttl_seconds: float
    order_deadline_seconds: float
    outbox_resend_after_seconds: float
    payment_slow_seconds: float
    max_pending_orders: int
    faults_enabled: bool


def settings_of(values: Mapping[str, Any]) -> ShopSettings:
    """The settings in a unit's environment, as `read_environment` has read it."""
    return ShopSettings(
        platform=values["SHOP_PLATFORM"],
        version=values["SHOP_VERSION"],
        auth_mode=values["AUTH_MODE"],
        reservation_ttl_seconds=values["RESERVATION_TTL_SECONDS"],
        order_deadline_seconds=values["ORDER_DEADLINE_SECONDS"],
        outbox_resend_after_seconds=values["OUTBOX_RESEND_AFTER_SECONDS"],
        payment_slow_seconds=values["PAYMENT_SLOW_SECONDS"],
        max_pending_orders=values["MAX_PENDING_ORDERS"],
        faults_enabled=values["FAULTS_ENABLED"],
    )
