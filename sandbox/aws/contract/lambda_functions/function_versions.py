"""Lambda: versions, aliases, weights, concurrency."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.aws.clients import error_code
from sandbox.aws.contract.fixtures.account import AwsAccount, zip_files
from sandbox.aws.contract.fixtures.function_sources import ECHO, GUIDE, SLEEPS, wait_for_update
from sandbox.contract.behaviour import behaviour, expect


def two_versions(aws: AwsAccount) -> str:
    """A function with versions 1 and 2, which answer `old` and `new`."""
    lambda_ = aws.clients.lambda_
    function = aws.function("def handler(e, c): return 'old'", Publish=True)
    wait_for_update(aws, function)
    newer = zip_files({"main.py": "def handler(e, c): return 'new'"})
    lambda_.update_function_code(FunctionName=function, ZipFile=newer)
    wait_for_update(aws, function)
    lambda_.publish_version(FunctionName=function)
    return function


@behaviour(service="lambda", source=f"{GUIDE}/configuration-versions.html")
def a_version_stays_as_it_was_published(aws: AwsAccount) -> None:
    """A published version runs its code after the function has newer code."""
    function = two_versions(aws)
    found = {q: aws.invoke(function, Qualifier=q)["payload"] for q in ("1", "2", "$LATEST")}
    expect(found == {"1": "old", "2": "new", "$LATEST": "new"}, f"answers {found}")


@behaviour(service="lambda", source=f"{GUIDE}/configuration-versions.html")
def publishing_unchanged_code_gives_the_same_version(aws: AwsAccount) -> None:
    """Publishing a function that has not changed gives its last version."""
    function, publish = aws.function(ECHO), aws.clients.lambda_.publish_version
    versions = [publish(FunctionName=function)["Version"] for _ in range(2)]
    expect(versions == ["1", "1"], f"versions {versions}")


@behaviour(service="lambda", source=f"{GUIDE}/configuration-aliases.html")
def an_alias_runs_its_version_until_it_is_moved(aws: AwsAccount) -> None:
    """An alias runs the version that it names; moving it reaches the next call."""
    lambda_, function = aws.clients.lambda_, two_versions(aws)
    live = lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1")["AliasArn"]
    before = aws.invoke(live)["payload"]
    lambda_.update_alias(FunctionName=function, Name="live", FunctionVersion="2")
    after = aws.wait_for(lambda: (found := aws.invoke(live)["payload"]) == "new" and found, "the new version")
    expect((before, after) == ("old", "new"), f"answers {before}, then {after}")


@behaviour(service="lambda", source=f"{GUIDE}/configuring-alias-routing.html")
def an_aliass_weights_share_its_calls(aws: AwsAccount) -> None:
    """An alias with a weight sends that share of its calls to a second version, and says which one ran."""
    lambda_, function = aws.clients.lambda_, two_versions(aws)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1", RoutingConfig=weights)
    ran: list[str] = []

    def both() -> bool:
        answer: dict[str, Any] = lambda_.invoke(FunctionName=function, Qualifier="live")
        ran.append(answer["ExecutedVersion"])
        return {"1", "2"} <= set(ran)

    aws.wait_for(both, "a call of each version")


@behaviour(
    service="lambda", source=f"{GUIDE}/configuration-concurrency.html", cloud="a new account has none to reserve"
)
def calls_beyond_the_reserved_concurrency_are_throttled(aws: AwsAccount) -> None:
    """A call beyond a function's reserved concurrency is refused with 429, the others run."""
    function = aws.function(SLEEPS, Timeout=10)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    aws.invoke(function, 0)

    def call(_: int) -> str:
        return _refusal(aws, function, 1.5) or "ran"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    expect(set(answers) == {"ran", "TooManyRequestsException"}, f"answers {answers}")


@behaviour(service="lambda", source=f"{GUIDE}/configuration-concurrency.html")
def a_reserved_concurrency_of_zero_stops_a_function(aws: AwsAccount) -> None:
    """A function with a reserved concurrency of 0 is refused until the reservation goes."""
    lambda_, function = aws.clients.lambda_, aws.function(ECHO)
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    code = aws.wait_for(lambda: _refusal(aws, function), "a refusal")
    expect(code == "TooManyRequestsException", f"code {code}")
    lambda_.delete_function_concurrency(FunctionName=function)
    aws.wait_for(lambda: not _refusal(aws, function), "a call that runs")


def _refusal(aws: AwsAccount, function: str, event: Any = None) -> str:
    """The code with which a call is refused; empty if it ran."""
    try:
        aws.invoke(function, event)
    except Exception as error:
        if not (code := error_code(error)):
            raise
        return code
    return ""
