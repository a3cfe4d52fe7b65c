"""What the AWS stack sets in a function's environment."""

import json
from collections.abc import Mapping

QUEUES = {"orders": {"url": "http://queues/orders", "dead_letter_url": "http://queues/orders-dead"}}
VARIABLES: Mapping[str, str] = {
    "SHOP_PLATFORM": "aws",
    "SHOP_VERSION": "1",
    "AUTH_MODE": "header",
    "RESERVATION_TTL_SECONDS": "300",
    "ORDER_DEADLINE_SECONDS": "600",
    "OUTBOX_RESEND_AFTER_SECONDS": "60",
    "PAYMENT_SLOW_SECONDS": "0.5",
    "MAX_PENDING_ORDERS": "7",
    "FAULTS_ENABLED": "false",
    "CATALOG_TABLE": "catalog-1",
    "ORDERS_TABLE": "orders-1",
    "INVENTORY_TABLE": "inventory-1",
    "PAYMENTS_TABLE": "payments-1",
    "EVENT_BUS": "shop-1",
    "POWERTOOLS_SERVICE_NAME": "ops",
    "QUEUE_URLS": json.dumps(QUEUES),
}
