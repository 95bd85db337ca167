"""schemathesis, without mercy: no server error, no status, header or body that the document does not have, no credentials ignored.

A bounded round for each role with a fixed seed; with FUZZ_MINUTES, rounds with seeds of their own until the time is over (`make fuzz MINUTES=10`).
A round that found something is repeated with the seed that it printed (`make fuzz SEED=…`).
"""

import os
import secrets
import time
from collections.abc import Iterator

import pytest

from academy.platform.auth.permissions import BY_ROLE
from tests.api import load_endpoints
from tests.conftest import Databases
from tests.contract.fuzzing import fuzz
from tests.contract.stocked import ROLES, stocked_academy
from tests.issuer import Issuer

SEED = 20260101
EXAMPLES, MANY = 5, 60
REACHED = 0.8
"""Of what a role may do, how much has to have been done. The rest takes a code from a mail, a budget, or an outline named without a gap."""


def rounds() -> Iterator[tuple[int, int]]:
    """Seeds and how many examples."""
    minutes, seed = os.environ.get("FUZZ_MINUTES"), os.environ.get("FUZZ_SEED")
    if not minutes:
        yield int(seed or SEED), MANY if seed else EXAMPLES
        return
    until = time.monotonic() + float(minutes) * 60 / len(ROLES)
    while time.monotonic() < until:
        yield secrets.randbelow(10**9), MANY


@pytest.mark.slow
@pytest.mark.timeout(0 if os.environ.get("FUZZ_MINUTES") else 1200)
@pytest.mark.parametrize("role", ROLES)
def test_the_api_keeps_its_contract(role: str, databases: Databases, issuer: Issuer) -> None:
    permitted = {endpoint.operation_id for endpoint in load_endpoints() if endpoint.access.permission in {None, *BY_ROLE[role]}}
    for seed, examples in rounds():
        with stocked_academy(databases, issuer, role) as (client, stock):
            outcome = fuzz(client, stock, role, seed=seed, examples=examples)
        told = f"{role}, seed {seed}: {outcome.requests} requests {dict(outcome.phases)}"
        print(told)
        assert not outcome.findings, "\n\n".join([f"{told}, {len(outcome.findings)} findings", *outcome.findings])
        missed = permitted - outcome.served
        assert len(missed) <= (1 - REACHED) * len(permitted), f"{told}: these never did their work: {sorted(missed)}"
