"""The public components of the toolkit; the `scaleshop` command lives beside them.

Pulumi's plugin host imports this module and offers every component class in its namespace. For everybody else the
classes are loaded when they are named, so that the command does not pay a second for the AWS SDK on every start.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

# The host reads `vars(module)`, which a module-level `__getattr__` cannot fill (pulumi/provider/experimental/host.py).
if TYPE_CHECKING or "pulumi.run.plugin" in sys.modules:
    from components.aws import (
        AlarmTopic,
        AwsBudget,
        CloudFrontSite,
        CloudWatchDashboard,
        DynamoStreamRelay,
        DynamoTable,
        EventBus,
        EventBusSubscription,
        HttpApi,
        LambdaLayer,
        LambdaSchedule,
        LambdaService,
        S3EventLake,
        SqsQueue,
    )

__all__ = [
    "AlarmTopic",
    "AwsBudget",
    "CloudFrontSite",
    "CloudWatchDashboard",
    "DynamoStreamRelay",
    "DynamoTable",
    "EventBus",
    "EventBusSubscription",
    "HttpApi",
    "LambdaLayer",
    "LambdaSchedule",
    "LambdaService",
    "S3EventLake",
    "SqsQueue",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("components.aws"), name)
    msg = f"module '{__name__}' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
