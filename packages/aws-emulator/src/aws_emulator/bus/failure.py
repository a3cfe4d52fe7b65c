"""Why a target did not take an event, in the words of EventBridge.

Codes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

import re

ERROR_FROM_TARGET = "ERROR_FROM_TARGET"
FAILED_TO_ASSUME_ROLE = "FAILED_TO_ASSUME_ROLE"
INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_JSON = "INVALID_JSON"
INVALID_PARAMETER = "INVALID_PARAMETER"
NO_PERMISSIONS = "NO_PERMISSIONS"
NO_RESOURCE = "NO_RESOURCE"
THIRD_ACCOUNT_HOP = "THIRD_ACCOUNT_HOP_DETECTED"
THROTTLING = "THROTTLING"

# What may pass by itself. Missing permissions and missing targets go to the dead-letter queue at once (same page).
RETRIED = frozenset(
    {
        "CONNECTION_FAILURE",
        ERROR_FROM_TARGET,
        INTERNAL_ERROR,
        "RESOURCE_LIMIT_EXCEEDED",
        "RESOURCE_MODIFICATION_COLLISION",
        THROTTLING,
        "TIMEOUT",
    }
)
# Codes of the services behind the targets, first match wins.
_SPELLINGS = (
    (re.compile(r"NotFound|DoesNotExist|NonExistent|NoSuch"), NO_RESOURCE),
    (re.compile(r"AccessDenied|Authorization|NotAuthorized"), NO_PERMISSIONS),
    (re.compile(r"Throttl|TooManyRequests|Unavailable|LimitExceeded|OverLimit"), THROTTLING),
    (re.compile(r"Internal|ServiceFailure"), INTERNAL_ERROR),
)


class DeliveryError(Exception):
    """A target did not take an event."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message

    @property
    def retryable(self) -> bool:
        """Whether EventBridge tries again."""
        return self.code in RETRIED


def map_service_error(code: str, message: str) -> DeliveryError:
    """The failure that a service's own error code means: `QueueDoesNotExist`, `ThrottlingException`."""
    for spelling, meant in _SPELLINGS:
        if spelling.search(code):
            return DeliveryError(meant, message)
    return DeliveryError(INVALID_PARAMETER, message)
