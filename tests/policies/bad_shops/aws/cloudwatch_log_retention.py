"""A function whose logs are kept for a year."""

import good

# finds: aws-cst-01 LogGroup 'worker-logs': it keeps events for 365 days, which must be 1 to 90
good.function("worker", good.topic(), retention=365)
