"""From a route's declaration to what each caller must get: the rule that docs/authorization.md is written by, for the row of the sample."""

from academy.platform.http import Endpoint, Rows
from infra.openapi.authorization import KINDS, Refusal, refusal, whose
from tests.authorization.requests import Sample
from tests.authorization.world import BAD_TOKENS

_BY_NAME = {kind.name.replace(" ", "_"): kind for kind in KINDS}
_BY_CALLER = {**_BY_NAME, **dict.fromkeys(BAD_TOKENS, _BY_NAME["bad_token"])}
ALLOWED: tuple[int, ...] = ()
"""Not refused: any status below 400, or one that the sample names."""


def refused(endpoint: Endpoint, caller: str, sample: Sample) -> Refusal | None:
    """What a caller must be told (a missing row has a code of its own sort: none is given here). None: they are served."""
    kind = _BY_CALLER[caller]
    before_rows = refusal(endpoint.access, kind)
    if before_rows is not None:
        return before_rows
    seers = whose(endpoint.access.rows)
    if endpoint.access.rows in {Rows.SELF, Rows.SELF_OR_ADMIN}:
        seers = frozenset({sample.whose, *(seers or ())}) if sample.whose else None
    return None if seers is None or caller in seers else Refusal(404, "")


def expected(endpoint: Endpoint, caller: str, sample: Sample) -> tuple[int, ...]:
    """The statuses a refused caller may get, or ALLOWED."""
    refusal = refused(endpoint, caller, sample)
    return ALLOWED if refusal is None else (refusal.status,)
