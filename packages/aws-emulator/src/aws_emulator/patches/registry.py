"""All supplements, in the order in which they are put in."""

from aws_emulator.patches.alarms import Alarms
from aws_emulator.patches.asynchronous import Asynchronous
from aws_emulator.patches.bus import EventBridge
from aws_emulator.patches.capacity import Capacity
from aws_emulator.patches.faults import Faults
from aws_emulator.patches.firehose import Firehose
from aws_emulator.patches.front import ApiGateway
from aws_emulator.patches.functions import Functions
from aws_emulator.patches.metrics import Metrics
from aws_emulator.patches.permissions import Permissions
from aws_emulator.patches.queue_sources import QueueMappings
from aws_emulator.patches.quotas import Quotas
from aws_emulator.patches.streams import Streams
from aws_emulator.patches.supplement import Supplement
from aws_emulator.patches.topics import Topics

SUPPLEMENTS: tuple[type[Supplement], ...] = (
    Permissions,
    Quotas,
    Capacity,
    Functions,
    ApiGateway,
    Streams,
    Asynchronous,
    QueueMappings,
    Topics,
    EventBridge,
    Firehose,
    Faults,
    Metrics,
    Alarms,
)
