"""Each read route: from the Lambda's event to its answer, against the bare statements of the same answer on the same connection.

"Bare" is the product's own connection running the very statements, with the very parameters, that the handler ran: admission's and the
result's. `result` is the same without admission's: what the answer would cost somebody who needs to know nobody.
"""

import cProfile
import pstats
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.authorization.world import World
from tests.bench.measure import side_by_side
from tests.bench.stage import Sent, Stage, read_routes, sent_by

SAMPLES = 120
RATIO = 1.3
PYTHON = 1.0


@dataclass(frozen=True, slots=True)
class Read:
    """Medians in milliseconds. `ratio` and `python` are handler / bare and handler - bare, turn by turn; `cpu` is the handler's CPU less that of the
    bare statements: what the frame computes."""

    route: str
    handler: float
    p95: float
    bare: float
    result: float
    ratio: float
    python: float
    cpu: float
    trips: int


def measure(stage: Stage, world: World, *, samples: int = SAMPLES) -> list[Read]:
    named = {f"{each.method} {each.path}": stage.route(each, world) for each in read_routes()}
    named["GET /courses"] = stage.prepare(lambda client: client.get("/courses"))  # the catalog as everybody opens it, not one's own courses
    return [_route(stage, name, call, samples) for name, call in named.items()]


def _route(stage: Stage, name: str, call: Callable[[], Any], samples: int) -> Read:
    for _ in range(10):
        call()
    connection = stage.db.connection()
    before = connection.trips
    sent = sent_by(connection, call)
    trips = connection.trips - before
    handler, bare, result = side_by_side(call, _again(sent, stage), _again(sent[1:], stage), samples=samples)
    return Read(
        route=name,
        handler=handler.median,
        p95=handler.p95,
        bare=bare.median,
        result=result.median,
        ratio=handler.over(bare),
        python=handler.beyond(bare),
        cpu=handler.cpu - bare.cpu,
        trips=trips,
    )


def _again(sent: list[Sent], stage: Stage) -> Callable[[], None]:
    connection = stage.db.connection()

    def run() -> None:
        for each in sent:
            each.again(connection)

    return run


@dataclass(frozen=True, slots=True)
class Cost:
    """A function's own milliseconds in one call of the handler, as cProfile sees them (it makes everything slower)."""

    function: str
    milliseconds: float
    calls: float


def profile(call: Callable[[], Any], *, samples: int = 300, top: int = 15) -> list[Cost]:
    """What a warm handler spends its time on, the wait for PostgreSQL among it."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(samples):
        call()
    profiler.disable()
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    heaviest = sorted(stats.items(), key=lambda item: -item[1][2])[:top]
    return [
        Cost(f"{'/'.join(file.split('/')[-2:])}:{line} {name}" if line else name, own * 1000 / samples, calls / samples)
        for (file, line, name), (_, calls, own, _, _) in heaviest
    ]
