"""All supplements, in the order in which they are put in."""

from sandbox.planes.aws.inside.alarms import Alarms
from sandbox.planes.aws.inside.asynchronous import Asynchronous
from sandbox.planes.aws.inside.bus import Bus
from sandbox.planes.aws.inside.capacity import Capacity
from sandbox.planes.aws.inside.faults import Faults
from sandbox.planes.aws.inside.firehose import Firehose
from sandbox.planes.aws.inside.front import Front
from sandbox.planes.aws.inside.functions import Functions
from sandbox.planes.aws.inside.metrics import Metrics
from sandbox.planes.aws.inside.permissions import Permissions
from sandbox.planes.aws.inside.queue_sources import QueueSources
from sandbox.planes.aws.inside.quotas import Quotas
from sandbox.planes.aws.inside.streams import Streams
from sandbox.planes.aws.inside.supplement import Supplement
from sandbox.planes.aws.inside.topics import Topics

SUPPLEMENTS: tuple[type[Supplement], ...] = (
    Permissions,
    Quotas,
    Capacity,
    Functions,
    Front,
    Streams,
    Asynchronous,
    QueueSources,
    Topics,
    Bus,
    Firehose,
    Faults,
    Metrics,
    Alarms,
)
