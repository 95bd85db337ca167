"""The stand-in for Razorpay on a port of its own."""

import math
from collections.abc import Iterator

import pytest

from infra.local.razorpay.app import create_app
from tests.razorpay import StandIn
from tests.serving import serving


@pytest.fixture(scope="package")
def running() -> Iterator[StandIn]:
    with serving(lambda: create_app(refund_seconds=math.inf)) as url:
        yield StandIn(url)


@pytest.fixture
def razorpay(running: StandIn) -> Iterator[StandIn]:
    """Without the faults and calls of another test."""
    yield running
    running.mend()
