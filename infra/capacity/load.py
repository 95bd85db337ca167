"""What so many active learners ask of each part: a month's sums, and the busiest minute."""

import math
from dataclasses import dataclass
from itertools import pairwise

from infra.capacity.inputs import Inputs
from infra.capacity.template import Function, Stack

TOKEN_MINUTES = 10
"""An access token's life: a session refreshes it as often."""
CORE_MB = 1769
"""The memory at which Lambda gives a whole core."""


@dataclass(frozen=True, slots=True)
class Load:
    learners: int
    reads: float
    """Requests of a month, as are all that follow until `peak`."""
    writes: float
    sign_ins: float
    refreshes: float
    certificates: float
    courses: float
    mails: float
    peak: float
    """Requests a second in the busiest minute."""
    concurrency: float
    connections: float
    """Held by the API's functions at the busiest time; those of the background come on top (`background`)."""
    acus: float
    """That the busiest minute needs."""
    busy_acus: float
    quiet_acus: float

    @property
    def requests(self) -> float:
        return self.reads + self.writes + self.sign_ins + self.refreshes

    @property
    def events(self) -> float:
        """About one for each write."""
        return self.writes + self.certificates + self.courses


def lambda_ms(measured: float, work: float, function: Function) -> float:
    """A measured duration on Lambda: what a core worked takes longer on a share of one, and waiting is as long."""
    return measured - work + work * max(1.0, CORE_MB / function.memory_mb)


def of(learners: int, inputs: Inputs, stack: Stack) -> Load:
    usage, durations, quotas = inputs.usage, inputs.durations, inputs.quotas
    sessions = learners * usage.sessions
    reads, writes = sessions * usage.reads, sessions * usage.writes
    sign_ins = learners * usage.sign_ins
    refreshes = sessions * math.ceil(usage.minutes / TOKEN_MINUTES)
    requests = reads + writes + sign_ins + refreshes
    busy = requests * usage.busy_share / (30 * usage.busy_hours * 3600)
    quiet = requests * (1 - usage.busy_share) / (30 * (24 - usage.busy_hours) * 3600)
    peak = busy * usage.burst
    learning = stack.function("Learning")
    share = writes / requests if requests else 0.0
    waited = durations.write_ms * share + durations.read_ms * (1 - share)
    seconds = lambda_ms(waited, durations.python_ms, learning) / 1000
    cores = (durations.database_write_ms * share + durations.database_read_ms * (1 - share)) / 1000
    per_request = cores / quotas.acu_cores / quotas.acu_load
    concurrency = peak * seconds
    return Load(
        learners=learners,
        reads=reads,
        writes=writes,
        sign_ins=sign_ins,
        refreshes=refreshes,
        certificates=learners * usage.courses_completed,
        courses=learners / 1000 * usage.courses_generated,
        mails=learners * usage.mails,
        peak=peak,
        concurrency=concurrency,
        connections=concurrency * usage.warm,
        acus=peak * per_request,
        busy_acus=busy * per_request,
        quiet_acus=quiet * per_request,
    )


def background(stack: Stack) -> int:
    """Connections of what no person waits for, all of it at work: its functions' reserved concurrency."""
    return stack.reserved


def max_connections(smallest: float, largest: float, inputs: Inputs) -> int:
    """Of a cluster between two sizes. Between the published sizes it grows with the memory, as it does from each of them to the next."""
    known = sorted((float(size), count) for size, count in inputs.quotas.max_connections.items())
    (below, fewer), (above, more) = next((pair for pair in pairwise(known) if largest <= pair[1][0]), (known[-1], known[-1]))
    found = more if below == above else round(fewer + (largest - below) * (more - fewer) / (above - below))
    return min(found, inputs.quotas.small_minimum_connections) if smallest < 1 else found
