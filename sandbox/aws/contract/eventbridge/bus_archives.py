"""EventBridge: archives and replays."""

from datetime import UTC, datetime, timedelta

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.event_rules import GUIDE, RuleQueue, make_event_queue
from sandbox.contract.behaviour import behaviour, expect

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
SLOW = "an event may take ten minutes to its archive"


def make_archive(aws: AwsAccount) -> tuple[RuleQueue, str]:
    """A bus with its queue, and the name of its archive."""
    tried, events = make_event_queue(aws, {"source": ["shop.orders"]}), aws.clients.events
    name = aws.name("arch")  # at most 48 letters
    arn = events.describe_event_bus(Name=tried.bus)["Arn"]
    events.create_archive(ArchiveName=name, EventSourceArn=arn, RetentionDays=7)
    aws.undo(events.delete_archive, ArchiveName=name)
    aws.wait_for(lambda: events.describe_archive(ArchiveName=name)["State"] == "ENABLED", "the archive")
    return tried, name


@behaviour(service="events", source=f"{GUIDE}/eb-archive.html", cloud=SLOW)
def an_archive_counts_the_events_of_its_bus(aws: AwsAccount) -> None:
    """An archive keeps the events of its bus and counts them."""
    tried, name = make_archive(aws)
    tried.put("a", "b")
    describe = aws.clients.events.describe_archive
    found = aws.wait_for(lambda: (a := describe(ArchiveName=name))["EventCount"] == 2 and a, "two archived events")
    expect(found["RetentionDays"] == 7, f"retention of {found['RetentionDays']} days")


@behaviour(service="events", source=f"{GUIDE}/eb-replay-archived-event.html", cloud=SLOW)
def an_archive_is_replayed_to_the_rules_of_its_bus(aws: AwsAccount) -> None:
    """A replay sends the events of its time again, each with the replay's name."""
    tried, name = make_archive(aws)
    tried.put("once")
    expect(tried.types(1) == ["once"], "the event was not delivered at first")
    events, now, replay = aws.clients.events, datetime.now(UTC), aws.name("play")
    events.start_replay(
        ReplayName=replay,
        EventSourceArn=events.describe_archive(ArchiveName=name)["ArchiveArn"],
        EventStartTime=now - timedelta(hours=1),
        EventEndTime=now + timedelta(hours=1),
        Destination={"Arn": events.describe_event_bus(Name=tried.bus)["Arn"]},
    )
    (event,) = tried.receive(1)
    expect((event["detail-type"], event.get("replay-name")) == ("once", replay), f"replayed {event}")


@behaviour(service="events", source=f"{GUIDE}/eb-replay-archived-event.html", cloud=SLOW)
def a_replay_keeps_to_its_time(aws: AwsAccount) -> None:
    """A replay of a time in which there were no events sends none."""
    tried, name = make_archive(aws)
    tried.put("now")
    tried.types(1)
    events, past, replay = aws.clients.events, datetime.now(UTC) - timedelta(days=1), aws.name("play")
    events.start_replay(
        ReplayName=replay,
        EventSourceArn=events.describe_archive(ArchiveName=name)["ArchiveArn"],
        EventStartTime=past,
        EventEndTime=past + timedelta(hours=1),
        Destination={"Arn": events.describe_event_bus(Name=tried.bus)["Arn"]},
    )
    done = events.describe_replay
    aws.wait_for(lambda: done(ReplayName=replay)["State"] == "COMPLETED", "the end of the replay")
    expect(not aws.take(tried.queue), "an event of another time was sent")
