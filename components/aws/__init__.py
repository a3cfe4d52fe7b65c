"""Components for AWS, in the order in which a request meets them."""

from components.aws.alarms import AlarmTopic
from components.aws.api import HttpApi
from components.aws.budget import SpendBudget
from components.aws.bus import EventBus
from components.aws.dashboard import OperationsDashboard
from components.aws.function import LambdaService
from components.aws.lake import EventLake
from components.aws.layer import FunctionLayer
from components.aws.queue import WorkQueue
from components.aws.relay import OutboxRelay
from components.aws.schedule import LambdaSchedule
from components.aws.site import StaticSite
from components.aws.subscription import EventSubscription
from components.aws.table import KeyValueTable

__all__ = [
    "AlarmTopic",
    "EventBus",
    "EventLake",
    "EventSubscription",
    "FunctionLayer",
    "HttpApi",
    "KeyValueTable",
    "LambdaSchedule",
    "LambdaService",
    "OperationsDashboard",
    "OutboxRelay",
    "SpendBudget",
    "StaticSite",
    "WorkQueue",
]
