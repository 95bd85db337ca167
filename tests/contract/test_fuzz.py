"""schemathesis, without mercy: no server error, no status, header or body that the document does not have, no credentials ignored.

A bounded round for each role with a fixed seed. In it every role sends every operation its examples, its random cases and the stories across
operations; the coverage phase, which is much the longest and the same whatever the seed, is sent once for each operation: by the least role that may
call it, for what a form accepts does not depend on who fills it in, and that the others are refused is for tests/authorization.
With FUZZ_MINUTES, rounds with seeds of their own until the time is over, each role with every phase of everything (`make fuzz MINUTES=10`). A round that
found something is repeated with the seed that it printed (`make fuzz SEED=…`), whole too.
"""

import os
import secrets
import time
from collections import Counter
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


def everything() -> set[str]:
    return {endpoint.operation_id for endpoint in load_endpoints()}


def may_call(role: str) -> set[str]:
    return {endpoint.operation_id for endpoint in load_endpoints() if endpoint.access.permission in {None, *BY_ROLE[role]}}


def least_for(role: str) -> set[str]:
    """What `role` may call, and none of the roles before it."""
    return may_call(role).difference(*(may_call(lesser) for lesser in ROLES[: ROLES.index(role)]))


def rounds() -> Iterator[tuple[int, int]]:
    """Seeds and how many examples."""
    minutes, seed = os.environ.get("FUZZ_MINUTES"), os.environ.get("FUZZ_SEED")
    if not minutes:
        yield int(seed or SEED), MANY if seed else EXAMPLES
        return
    until = time.monotonic() + float(minutes) * 60 / len(ROLES)
    while time.monotonic() < until:
        yield secrets.randbelow(10**9), MANY


def test_every_operation_is_covered_by_one_role() -> None:
    assert Counter(operation for role in ROLES for operation in least_for(role)) == Counter(everything())


@pytest.mark.slow
@pytest.mark.timeout(0 if os.environ.get("FUZZ_MINUTES") else 1200)
@pytest.mark.parametrize("role", ROLES)
def test_the_api_keeps_its_contract(role: str, databases: Databases, issuer: Issuer) -> None:
    permitted = may_call(role)
    for seed, examples in rounds():
        cover = least_for(role) if examples == EXAMPLES else everything()
        with stocked_academy(databases, issuer, role) as (client, stock):
            outcome = fuzz(client, stock, role, seed=seed, examples=examples, cover=cover)
        told = f"{role}, seed {seed}: {outcome.requests} requests {dict(outcome.phases)}"
        print(told)
        assert not outcome.findings, "\n\n".join([f"{told}, {len(outcome.findings)} findings", *outcome.findings])
        assert outcome.covered == cover, told
        missed = permitted - outcome.served
        assert len(missed) <= (1 - REACHED) * len(permitted), f"{told}: these never did their work: {sorted(missed)}"
