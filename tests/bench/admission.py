"""What it costs to let somebody in: the token's check and the one statement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from academy.platform.auth.tokens import verifier
from academy.platform.http import member
from academy.platform.http.admission import admit
from academy.platform.http.edge import _claims
from tests.authorization.world import World
from tests.bench.measure import side_by_side
from tests.bench.stage import Stage, sent_by

TRIPS = 1
PYTHON = 0.4
SAMPLES = 400


@dataclass(frozen=True, slots=True)
class Admission:
    """Milliseconds. `cpu` with a token that this process has seen, the driver's work included; `frame` is that less the driver's;
    `first_token` is the check of a signature (once a token and process)."""

    trips: int
    wall: float
    bare: float
    cpu: float
    frame: float
    first_token: float


def measure(stage: Stage, world: World) -> Admission:
    access = member()
    headers = {"authorization": f"Bearer {stage.client.token(world.users['enrolled'])}"}

    def let_in() -> None:
        admit(stage.db, _claims(headers, lenient=False), access=access, address="203.0.113.7")

    let_in()
    connection = stage.db.connection()
    before = connection.trips
    sent = sent_by(connection, let_in)
    trips = connection.trips - before
    whole, bare = side_by_side(let_in, lambda: sent[0].again(connection), samples=SAMPLES)
    fresh = _fresh_tokens(stage, world, 100)
    (signature,) = side_by_side(lambda: verifier().verify(next(fresh)), samples=80)
    return Admission(trips, whole.median, bare.median, whole.cpu, whole.cpu - bare.cpu, signature.cpu)


def _fresh_tokens(stage: Stage, world: World, number: int) -> Iterator[str]:
    make: Callable[[dict[str, Any]], str] = stage.client.token
    return iter([make(world.users["enrolled"]) for _ in range(number)])
