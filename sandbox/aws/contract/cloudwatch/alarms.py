"""CloudWatch alarms: when they go off, and when they go back."""

from collections.abc import Sequence

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.metric_alarms import (
    SECONDS,
    alarm_metric,
    datum,
    describe_alarm,
    expect_refusal,
    make_alarm,
    publish,
    put_alarm,
    wait_for_state,
)
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"


@behaviour(service="monitoring", source=f"{GUIDE}/alarm-evaluation.html", seconds=SECONDS)
def an_alarm_goes_off_when_a_value_breaches_its_threshold(aws: AwsAccount) -> None:
    """An alarm goes to ALARM when a value breaches its threshold, and says which."""
    alarm = make_alarm(aws)
    found = wait_for_state(aws, alarm, "ALARM", {15: 7})
    reason = str(found["StateReason"])
    expect(reason.startswith("Threshold Crossed: 1 out of the last 1 datapoints [7.0 ("), f"its reason is {reason}")
    expect("was greater than the threshold (5.0)" in reason, f"its reason is {reason}")


@behaviour(service="monitoring", source=f"{GUIDE}/alarm-evaluation.html", seconds=2 * SECONDS)
def an_alarm_goes_back_when_later_values_are_within_its_threshold(aws: AwsAccount) -> None:
    """An alarm goes back to OK when the newest value is within its threshold."""
    alarm = make_alarm(aws)
    wait_for_state(aws, alarm, "ALARM", {27: 7})
    wait_for_state(aws, alarm, "OK", {12: 1})


@behaviour(service="monitoring", source=f"{GUIDE}/cloudwatch_concepts.html", seconds=SECONDS)
def an_alarm_sees_the_values_of_its_dimensions_alone(aws: AwsAccount) -> None:
    """Values under other dimensions do not concern an alarm."""
    one, other = make_alarm(aws), make_alarm(aws)
    publish(aws, other, {15: 7})
    wait_for_state(aws, one, "OK", {15: 1})
    wait_for_state(aws, other, "ALARM", {15: 7})
    expect(describe_alarm(aws, one)["StateValue"] == "OK", "the alarm on other dimensions went off too")


@behaviour(service="monitoring", source=f"{GUIDE}/alarms-and-missing-data.html", seconds=SECONDS)
def missing_values_that_count_as_breaching_raise_an_alarm(aws: AwsAccount) -> None:
    """An alarm whose missing values count as breaching goes off on a metric that nobody publishes."""
    found = wait_for_state(aws, make_alarm(aws, TreatMissingData="breaching", EvaluationPeriods=2), "ALARM", {})
    expect("2 missing datapoints were treated as [Breaching]" in found["StateReason"], found["StateReason"])


@behaviour(service="monitoring", source=f"{GUIDE}/alarms-and-missing-data.html", seconds=SECONDS)
def missing_values_that_count_as_good_are_no_alarm(aws: AwsAccount) -> None:
    """An alarm whose missing values do not count as breaching is OK on a metric that nobody publishes."""
    found = wait_for_state(aws, make_alarm(aws, TreatMissingData="notBreaching"), "OK", {})
    expect("1 missing datapoint was treated as [NonBreaching]" in found["StateReason"], found["StateReason"])


@behaviour(service="monitoring", source=f"{GUIDE}/alarms-and-missing-data.html", seconds=SECONDS)
def a_state_that_was_set_lasts_until_the_next_evaluation(aws: AwsAccount) -> None:
    """A state that SetAlarmState sets lasts until the next evaluation, which lacks data here."""
    alarm = make_alarm(aws)
    aws.clients.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="by hand")
    found = wait_for_state(aws, alarm, "INSUFFICIENT_DATA", {})
    expect(found["StateReason"] == "Insufficient Data: 1 datapoint was unknown.", found["StateReason"])


@behaviour(service="monitoring", source=f"{GUIDE}/alarm-evaluation.html", seconds=SECONDS)
def so_many_breaching_values_as_the_alarm_needs_raise_it(aws: AwsAccount) -> None:
    """Two breaching values of three raise an alarm that needs two, with a good one between them."""
    alarm = make_alarm(aws, EvaluationPeriods=3, DatapointsToAlarm=2)
    found = wait_for_state(aws, alarm, "ALARM", {15: 7, 25: 1, 35: 7})
    expect("2 out of the last 3 datapoints" in found["StateReason"], found["StateReason"])


@behaviour(service="monitoring", source=f"{GUIDE}/alarm-evaluation.html", seconds=SECONDS)
def fewer_breaching_values_than_the_alarm_needs_do_not_raise_it(aws: AwsAccount) -> None:
    """One breaching value of three does not raise an alarm that needs two."""
    alarm = make_alarm(aws, EvaluationPeriods=3, DatapointsToAlarm=2)
    wait_for_state(aws, alarm, "OK", {15: 1, 25: 7, 35: 1})


@behaviour(service="monitoring", source=f"{GUIDE}/Statistics-definitions.html", seconds=SECONDS)
def an_alarm_on_a_percentile_goes_off(aws: AwsAccount) -> None:
    """An alarm on a percentile goes off on the slowest values, not on the average."""
    alarm = aws.name("alarm")
    put_alarm(aws, alarm, MetricName=alarm, ExtendedStatistic="p90", **alarm_metric(alarm))
    values = {**datum(alarm, 15), "Values": [1.0, 100.0], "Counts": [80.0, 20.0]}

    def publish_and_read() -> str:
        aws.clients.cloudwatch.put_metric_data(Namespace=aws.target.prefix, MetricData=[values])
        return str(describe_alarm(aws, alarm)["StateValue"])

    aws.wait_for(lambda: publish_and_read() == "ALARM", "ALARM", seconds=SECONDS / 2)


@behaviour(service="monitoring", source=f"{GUIDE}/Create_Composite_Alarm.html", seconds=SECONDS)
def a_composite_alarm_follows_its_children(aws: AwsAccount) -> None:
    """A composite alarm goes off when its rule becomes true, and back when it becomes false."""
    one, other, whole = make_alarm(aws, Period=300), make_alarm(aws, Period=300), aws.name("composite")
    cloudwatch = aws.clients.cloudwatch
    cloudwatch.put_composite_alarm(AlarmName=whole, AlarmRule=f'ALARM("{one}") AND NOT ALARM("{other}")')
    aws.undo(cloudwatch.delete_alarms, AlarmNames=[whole])
    for states, wanted in ((("ALARM", "OK"), "ALARM"), (("ALARM", "ALARM"), "OK")):

        def follows(states: Sequence[str] = states, wanted: str = wanted) -> bool:
            for name, state in zip((one, other), states, strict=True):
                cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")
            found = cloudwatch.describe_alarms(AlarmNames=[whole], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
            return bool(found[0]["StateValue"] == wanted)

        aws.wait_for(follows, f"{wanted} for children in {states}", seconds=SECONDS / 2)


@behaviour(service="monitoring", source=f"{API}/API_PutCompositeAlarm.html")
def a_composite_alarm_of_alarms_that_there_are_not_is_refused(aws: AwsAccount) -> None:
    """A composite alarm whose rule names an alarm that there is not is refused."""
    rule = f'ALARM("{aws.name("nobody")}")'
    expect_refusal(lambda: aws.clients.cloudwatch.put_composite_alarm(AlarmName=aws.name("composite"), AlarmRule=rule))


@behaviour(service="monitoring", source=f"{API}/API_DeleteAlarms.html")
def an_alarm_that_a_composite_one_needs_is_not_deleted(aws: AwsAccount) -> None:
    """An alarm that a composite alarm's rule names can't be deleted."""
    child, whole, cloudwatch = make_alarm(aws), aws.name("composite"), aws.clients.cloudwatch
    cloudwatch.put_composite_alarm(AlarmName=whole, AlarmRule=f'ALARM("{child}")')
    aws.undo(cloudwatch.delete_alarms, AlarmNames=[whole])
    expect_refusal(lambda: cloudwatch.delete_alarms(AlarmNames=[child]))


@behaviour(service="monitoring", source=f"{API}/API_PutMetricAlarm.html")
def an_alarm_with_an_odd_period_is_refused(aws: AwsAccount) -> None:
    """A period that is not 10, 20, 30 or a multiple of 60 seconds is refused."""
    expect_refusal(lambda: make_alarm(aws, Period=15))


@behaviour(service="monitoring", source=f"{API}/API_PutMetricAlarm.html")
def an_alarm_that_needs_more_values_than_it_looks_at_is_refused(aws: AwsAccount) -> None:
    """DatapointsToAlarm above EvaluationPeriods is refused."""
    expect_refusal(lambda: make_alarm(aws, EvaluationPeriods=2, DatapointsToAlarm=3))
