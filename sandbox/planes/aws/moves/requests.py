"""What requests for move tasks are refused with, and their answers in the query protocol."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from sandbox.planes.aws.moves.tasks import FASTEST, KEPT

MISSING = "The resource that you specified for the {} parameter doesn't exist."
NO_DEAD_LETTERS = "Source queue must be configured as a Dead Letter Queue."
RUNNING = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
SAME = "Source queue arn and destination queue arn cannot be the same."
OTHER_KIND = "The source queue and the destination queue must be of the same type."
NOT_RUNNING = "Only a message movement task with the status RUNNING can be cancelled."
PARAMETERS = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond", "TaskHandle")
LISTS = {"Results": "ListMessageMoveTasksResultEntry", "queueUrls": "QueueUrl"}


class RefusedError(Exception):
    """A request that AWS refuses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def missing(parameter: str) -> RefusedError:
    """A resource that is not there."""
    return RefusedError("ResourceNotFoundException", MISSING.format(parameter), 404)


def invalid(reason: str) -> RefusedError:
    """A value that is not possible."""
    return RefusedError("InvalidParameterValue", reason)


def rate_of(data: Mapping[str, Any]) -> int | None:
    """The rate that a request wants; None for none.

    Raises:
        RefusedError: it is no number from 1 to 500.
    """
    return _number(data, "MaxNumberOfMessagesPerSecond", FASTEST)


def results_of(data: Mapping[str, Any]) -> int:
    """How many tasks a request wants to see; one by default.

    Raises:
        RefusedError: it is no number from 1 to 10.
    """
    return _number(data, "MaxResults", KEPT) or 1


def as_xml(action: str, result: Mapping[str, Any]) -> str:
    """A result in the query protocol."""
    return f"<{action}Result>{_fields(result)}</{action}Result>"


def _number(data: Mapping[str, Any], name: str, most: int) -> int | None:
    given = data.get(name)
    if given is None:
        return None
    if not str(given).isdecimal() or not 1 <= int(given) <= most:
        raise invalid(f"Value {given} for parameter {name} is invalid. Reason: Must be between 1 and {most}.")
    return int(given)


def _fields(result: Mapping[str, Any]) -> str:
    return "".join(_element(LISTS.get(name, name), value) for name, value in result.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    return f"<{name}>{_fields(value) if isinstance(value, dict) else escape(str(value))}</{name}>"
