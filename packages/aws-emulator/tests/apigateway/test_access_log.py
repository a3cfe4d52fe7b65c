"""Lines of access logs, and how they are written."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from aws_emulator.apigateway import access_log_writer
from aws_emulator.apigateway.access_log import VALUES, format_line
from aws_emulator.apigateway.access_log_writer import AccessLogWriter
from aws_emulator.apigateway.messages import begin_exchange
from http_api_unit import ENDPOINT, make_exchange, make_request

GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:access"


def test_variables_are_replaced_and_everything_else_stays() -> None:
    found = make_exchange(status=200, route_key="GET /", length=3)
    assert (
        format_line("[$context.status] $context.routeKey $other $context.responseLength.", found)
        == "[200] GET / $other 3."
    )


def test_what_has_no_value_and_what_is_not_known_is_a_dash() -> None:
    assert format_line(
        "$context.routeKey|$context.integrationLatency|$context.nothing|$context.authorizer.claims", make_exchange()
    ) == ("-|-|-|-")


def test_nought_is_a_value() -> None:
    assert format_line("$context.responseLength $context.integrationLatency", make_exchange(integration_ms=0)) == "0 0"


def test_claims_and_an_authorizers_context_are_found_by_name() -> None:
    found = make_exchange(authorizer={"jwt": {"claims": {"sub": "u-1", "a.b": "c"}}})
    assert format_line("$context.authorizer.claims.sub $context.authorizer.claims.a.b", found) == "u-1 c"
    asked_for = make_exchange(authorizer={"lambda": {"tenant": "t", "good": True, "count": 2}})
    form = "$context.authorizer.tenant $context.authorizer.good $context.authorizer.count"
    assert format_line(form, asked_for) == "t true 2"


def test_a_client_cannot_end_a_field_or_a_line() -> None:
    request = make_request(headers={"user-agent": 'x", "status": "200\n\\'})
    written = format_line('{"agent": "$context.identity.userAgent"}', begin_exchange(request, ENDPOINT))
    assert json.loads(written) == {"agent": 'x", "status": "200\n\\'}
    assert "\n" not in written


@pytest.mark.parametrize("name", sorted(VALUES))
def test_every_variable_has_a_text_for_the_barest_request(name: str) -> None:
    assert "$context" not in format_line(f"$context.{name}", make_exchange())


class Written:
    """What was written, by group; refuses groups that are gone."""

    def __init__(self, *gone: str) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.gone = gone

    async def __call__(self, group: str, events: Sequence[dict[str, Any]]) -> None:
        if group in self.gone:
            raise RuntimeError(group)
        self.batches.append((group, [event["message"] for event in events]))


def gather(written: Written, lines: Sequence[tuple[str, int, str]], seconds: float = 60) -> AccessLogWriter:
    """Lines taken, then flushed."""
    batches = AccessLogWriter(written, seconds=seconds)

    async def scenario() -> None:
        for group, at, text in lines:
            batches.add(group, at, text)
        await batches.flush()

    asyncio.run(scenario())
    return batches


def test_lines_are_written_together_in_the_order_of_time() -> None:
    written = Written()
    batches = gather(written, [(GROUP, 2, "b"), (GROUP, 1, "a"), (GROUP + "2", 1, "c")])
    assert written.batches == [(GROUP, ["a", "b"]), (GROUP + "2", ["c"])]
    assert batches.figures == {"waiting": 0, "written": 3, "lost": 0}


def test_a_batch_is_no_larger_than_aws_takes() -> None:
    written = Written()
    gather(written, [(GROUP, 1, "x" * 600_000)] * 3)
    assert [len(texts) for _, texts in written.batches] == [1, 1, 1]
    many = Written()
    gather(many, [(GROUP, 1, "x")] * (access_log_writer.EVENTS + 1))
    assert [len(texts) for _, texts in many.batches] == [access_log_writer.EVENTS, 1]


def test_a_group_that_is_gone_costs_its_own_lines_alone() -> None:
    written = Written("gone")
    batches = gather(written, [("gone", 1, "a"), (GROUP, 1, "b")])
    assert written.batches == [(GROUP, ["b"])]
    assert batches.figures == {"waiting": 0, "written": 1, "lost": 1}


def test_lines_are_written_soon_without_being_asked_for() -> None:
    async def scenario() -> None:
        came = asyncio.Event()
        found: list[str] = []

        async def put(_: str, events: Sequence[dict[str, Any]]) -> None:
            found.extend(event["message"] for event in events)
            came.set()

        batches = AccessLogWriter(put, seconds=0.001)
        for text in ("first", "second"):
            batches.add(GROUP, 1, text)
            await asyncio.wait_for(came.wait(), 10)
            came.clear()
        assert found == ["first", "second"]

    asyncio.run(scenario())
