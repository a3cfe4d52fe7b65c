"""Event source mappings of a table's stream: how they are made and changed."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.stream_consumers import (
    consumer,
    keys_of,
    list_calls,
    map_stream,
    put_items,
    refusal,
    stream_of,
    wait_for_keys,
)
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
API = "https://docs.aws.amazon.com/lambda/latest/api"


@behaviour(service="lambda", source=f"{GUIDE}/services-ddb-params.html")
def a_stream_mapping_has_lambdas_defaults(aws: AwsAccount) -> None:
    """A stream's mapping has Lambda's defaults: batches of 100, one at a time, tried again without a limit."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    found = aws.clients.lambda_.get_event_source_mapping(UUID=map_stream(aws, table, function))
    names = ("BatchSize", "ParallelizationFactor", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
    seen = [found.get(name) for name in (*names, "BisectBatchOnFunctionError")]
    expect(seen == [100, 1, -1, -1, False], f"{seen}")


@behaviour(service="lambda", source=f"{GUIDE}/invocation-eventfiltering.html")
def a_stream_mapping_with_a_bad_filter_is_refused(aws: AwsAccount) -> None:
    """A filter that is no valid pattern is refused, when a mapping is made and when it is changed."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    for pattern in ("not JSON", '{"dynamodb": "text"}', "{}"):
        bad = {"Filters": [{"Pattern": pattern}]}
        code, text = refusal(aws, table, function, FilterCriteria=bad)
        expect(
            code == "InvalidParameterValueException" and "Invalid filter pattern" in text, f"{pattern}: {code} {text}"
        )
    id_ = map_stream(aws, table, function)
    lambda_, bad = aws.clients.lambda_, {"Filters": [{"Pattern": "not JSON"}]}
    try:
        lambda_.update_event_source_mapping(UUID=id_, FilterCriteria=bad)
    except lambda_.exceptions.InvalidParameterValueException:
        return
    expect(condition=False, message="the update was accepted")


@behaviour(service="lambda", source=f"{API}/API_CreateEventSourceMapping.html")
def a_stream_mapping_needs_a_starting_position(aws: AwsAccount) -> None:
    """A stream's mapping needs a starting position, and AT_TIMESTAMP is none for a table."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    code, text = refusal(aws, table, function, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1)
    expect(code == "InvalidParameterValueException" and "starting position" in text, f"{code} {text}")
    arguments = {"EventSourceArn": stream_of(aws, table), "FunctionName": function}
    lambda_ = aws.clients.lambda_
    try:
        lambda_.create_event_source_mapping(**arguments)
    except lambda_.exceptions.InvalidParameterValueException as error:
        expect("startingPosition" in str(error), f"{error}")
        return
    expect(condition=False, message="it was made")


@behaviour(service="lambda", source=f"{API}/API_CreateEventSourceMapping.html")
def a_function_reads_a_stream_once(aws: AwsAccount) -> None:
    """A second mapping of the same stream to the same function is refused."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    id_ = map_stream(aws, table, function)
    code, text = refusal(aws, table, function)
    expect(code == "ResourceConflictException" and id_ in text, f"{code} {text}")


@behaviour(service="lambda", source=f"{GUIDE}/services-dynamodb-eventsourcemapping.html")
def a_role_must_be_allowed_to_read_the_stream(aws: AwsAccount) -> None:
    """A mapping whose function's role may not read the stream is refused."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws, Role=aws.role())
    code, text = refusal(aws, table, function)
    expect(code == "InvalidParameterValueException" and "Cannot access stream" in text, f"{code} {text}")


@behaviour(service="lambda", source=f"{API}/API_UpdateEventSourceMapping.html")
def a_disabled_stream_mapping_goes_on_where_it_stopped(aws: AwsAccount) -> None:
    """A disabled mapping calls nothing; enabled again it goes on where it stopped."""
    table, function, other = aws.table("KEYS_ONLY"), consumer(aws), consumer(aws)
    lambda_, id_ = aws.clients.lambda_, map_stream(aws, table, function)
    map_stream(aws, table, other)
    put_items(aws, table, ["before"])
    wait_for_keys(aws, function, ["before"])

    def state(wanted: str) -> bool:
        return lambda_.get_event_source_mapping(UUID=id_)["State"] == wanted

    lambda_.update_event_source_mapping(UUID=id_, Enabled=False)
    aws.wait_for(lambda: state("Disabled"), "a disabled mapping")
    put_items(aws, table, ["between"])
    wait_for_keys(aws, other, ["between"])
    expect(keys_of(list_calls(aws, function)) == ["before"], "the disabled mapping called its function")
    lambda_.update_event_source_mapping(UUID=id_, Enabled=True)
    expect(
        keys_of(wait_for_keys(aws, function, ["between"])) == ["before", "between"], "it did not go on where it stopped"
    )


@behaviour(service="lambda", source=f"{GUIDE}/configuration-aliases.html")
def a_stream_mapping_calls_an_alias(aws: AwsAccount) -> None:
    """A mapping to an alias runs the alias's version, called by the alias's ARN."""
    table, function, lambda_ = aws.table("KEYS_ONLY"), consumer(aws), aws.clients.lambda_
    version = lambda_.publish_version(FunctionName=function)["Version"]
    alias = lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)["AliasArn"]
    map_stream(aws, table, alias)
    put_items(aws, table, ["one"])
    called = wait_for_keys(aws, function, ["one"])[0]["function"]
    expect(called == alias, f"it was called as {called}")
