"""What a function's role may do, as the emulator's supplement `permissions` says."""

import http.client
import json
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from aws_emulator.functions.model import Function

CHECK_SECONDS = 10
LAMBDA_PRINCIPAL = "lambda.amazonaws.com"


def create_permission_check(emulator: str) -> Callable[[Function, str, str], bool]:
    """A question to the emulator: may the role of a function do this to that resource?

    Everything may be done where the supplement is left out. What is returned raises `OSError` when nobody answers.
    """
    address = urlsplit(emulator)

    def is_allowed(function: Function, action: str, resource: str) -> bool:
        query = urlencode({"role": function.role, "action": action, "resource": resource, "service": LAMBDA_PRINCIPAL})
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=CHECK_SECONDS)
        try:
            connection.request("GET", f"/_sandbox/permissions/check?{query}")
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        return answer.status != 200 or found.get("denied") is None

    return is_allowed
