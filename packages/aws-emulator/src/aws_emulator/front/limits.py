"""What API Gateway accepts.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

BODY_BYTES = 10 * 1024 * 1024
"""Of a request."""
HEAD_BYTES = 10_240
"""Request line and header values together."""
TIMEOUT_MS = 30_000
"""An integration's, at most and by default."""
LINE_BYTES = 1024 * 1024
"""Of an access log's line."""
