"""Numbers of the function runtime, with their sources."""

MIB = 1024 * 1024

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: payload of an invocation. The limit of
# asynchronous ones, 1 MB, is the adapter's: nobody else sees which kind one is.
REQUEST_BYTES = 6 * MIB
# 6 MB and the 100 bytes that the service adds; in AWS's message for an answer that is too large.
# https://github.com/aws/aws-lambda-runtime-interface-emulator (interop.MaxPayloadSize)
RESPONSE_BYTES = REQUEST_BYTES + 100
# Deployment package, unzipped, with its layers: same page.
UNPACKED_BYTES = 250 * MIB
# No limit of AWS: an archive of more entries is taken for a mistake.
ARCHIVE_ENTRIES = 100_000

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the init phase, then the same again
# within the function's timeout; with provisioned concurrency 130 s or the timeout, whichever is longer.
INIT_SECONDS = 10.0
PROVISIONED_INIT_SECONDS = 130.0
# Same page, shutdown phase: time between SIGTERM and SIGKILL.
SHUTDOWN_SECONDS = 0.5

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: the last 4 KB of the log with LogType=Tail.
LOG_TAIL_BYTES = 4096
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
BATCH_EVENTS = 10_000
BATCH_BYTES = 1 * MIB
EVENT_OVERHEAD_BYTES = 26
LOG_EVENT_BYTES = 256 * 1024

# Ours from here: AWS publishes no figure, or the machine has one.
IDLE_SECONDS = 300.0
"""An environment that nobody needed for so long is ended."""
WAIT_SECONDS = 10.0
"""A request waits so long for one of the machine's environments before it is throttled."""
HAND_OVER_SECONDS = 2.0
"""A worker that has answered asks for more within this time, else it is replaced."""
MEMORY_SECONDS = 0.02
"""Between two looks at the memory of a working environment."""
BUFFERED_LOG_BYTES = 16 * MIB
"""Of all functions, waiting for the emulator; what exceeds it is dropped and counted."""
FLUSH_SECONDS = 0.2
WATCH_SECONDS = 2.0
"""Between two looks at what must be kept warm."""
