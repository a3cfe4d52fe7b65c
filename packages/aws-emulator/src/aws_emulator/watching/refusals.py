"""What CloudWatch refuses, with its own error codes."""

VALIDATION = "ValidationError"
BAD_VALUE = "InvalidParameterValue"
BAD_COMBINATION = "InvalidParameterCombination"
MISSING = "MissingParameter"


class MetricRequestError(ValueError):
    """A request that AWS would not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
