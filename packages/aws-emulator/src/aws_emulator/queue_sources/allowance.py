"""How many batches of one mapping may run at once."""

# "Lambda starts by processing five batches at a time with five concurrent invocations"; up to 1,250 later.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
STARTING = 5


class BatchLimit:
    """One batch less after each failure, one more after each success; never none.

    "Lambda gradually backs off, reducing the amount of concurrency allocated to your Amazon SQS event source mapping"
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    def __init__(self) -> None:
        self._withdrawn = 0

    def compute(self, maximum: int | None, reserved: int | None) -> int:
        """How many may run.

        Args:
            maximum: The mapping's MaximumConcurrency; None for the five that every mapping starts with.
            reserved: The function's reserved concurrency, beyond which batches would only be throttled.
        """
        most = maximum or STARTING
        if reserved is not None:
            most = min(most, reserved)
        self._withdrawn = min(self._withdrawn, max(0, most - 1))
        return most - self._withdrawn

    def decrease(self) -> None:
        """A batch failed or was throttled."""
        self._withdrawn += 1

    def increase(self) -> None:
        """A batch was processed, in whole or in part."""
        self._withdrawn = max(0, self._withdrawn - 1)
