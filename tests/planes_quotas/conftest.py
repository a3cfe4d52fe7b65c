"""Quotas of a running plane, set for one test."""

from collections.abc import Callable, Iterator

import pytest
from plane_fixture import AwsPlane

Setter = Callable[..., None]


@pytest.fixture
def set_quotas(aws_plane: AwsPlane) -> Iterator[Setter]:
    """Set quotas by name (`set_quotas({"sqs.inflight": 3})`) until the test has ended."""

    def put(quotas: dict[str, int]) -> None:
        answer = aws_plane.http("PUT", "/_sandbox/quotas", headers={"X-Sandbox": "1"}, json=quotas)
        assert answer.status_code == 200, answer.text

    yield put
    put({})
