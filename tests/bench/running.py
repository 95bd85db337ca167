"""The academy that the load goes to: one of the bench's own, or the one at ACADEMY."""

import os
from pathlib import Path

from tests.bench import load
from tests.bench.place import HOME
from tests.bench.report import Report
from tests.e2e.conftest import free_ports, started

FAIR_SECONDS = 25
WARM = 30


def bench_load(report: Report) -> None:
    """With generous limits for what the machine can do; with production's for who is refused. A given academy keeps its own limits: no second part."""
    if url := os.environ.get("ACADEMY"):
        _mixed(url.rstrip("/"), report)
        return
    home, port = Path(HOME) / "academy", str(free_ports())
    with started(home, PORT=port, LIMITS="generous") as academy:
        learners = _mixed(academy.url, report)
    # The same people: their tokens outlive the restart.
    with started(home, anew=False, PORT=port, LIMITS="production") as academy:
        _fair(academy.url, learners, report)


def _mixed(url: str, report: Report) -> list[load.Learner]:
    learners = load.sign_up(url, load.CLIENTS)
    load.mixed(url, learners, seconds=WARM, ramp=WARM / 2)  # as many environments of each function start as are asked at once
    shots = load.mixed(url, learners)
    answered = shots.answered(range(load.CLIENTS))
    report.table(
        f"{load.CLIENTS} clients for {shots.seconds:.0f} s: {shots.throughput:.0f} answers a second (ms)",
        ("route", "answers", "p50", "p95", "p99"),
        ((route, number, f"{p50:.0f}", f"{p95:.0f}", f"{p99:.0f}") for route, number, p50, p95, p99 in shots.by_route()),
    )
    errors = ", ".join(f"{number} x {what}" for what, number in shots.errors.most_common(5))
    report.data["load"] = {
        "clients": load.CLIENTS,
        "seconds": shots.seconds,
        "throughput": shots.throughput,
        "errors": dict(shots.errors),
        "refused": shots.refused,
        "answered": answered,
        "routes": shots.by_route(),
    }
    report.goal(
        f"{load.CLIENTS} clients for {load.SECONDS} s, mixed journey",
        "0 errors",
        f"{sum(shots.errors.values())} errors in {len(shots.taken)} requests, {shots.throughput:.0f} a second",
        not shots.errors,
        errors or f"each client {min(answered)} to {max(answered)} answers; {shots.refused} refused",
    )
    report.chart(
        f"{load.CLIENTS} clients at once",
        "ms",
        ("p50", "p95", "p99"),
        [(route, (p50, p95, p99)) for route, _, p50, p95, p99 in shots.by_route()],
    )
    return learners


def _fair(url: str, learners: list[load.Learner], report: Report) -> None:
    shots = load.one_is_greedy(url, learners, seconds=FAIR_SECONDS)
    greedy = [shot for shot in shots.taken if shot.client < load.GREEDY]
    polite = [shot for shot in shots.taken if shot.client >= load.GREEDY]
    let_in = sum(shot.status == 200 for shot in greedy)
    shares = shots.answered(range(load.GREEDY, load.GREEDY + load.POLITE))
    refused = sum(shot.status == 429 for shot in polite)
    errors = sum(shots.errors.values())
    report.data["fairness"] = {"greedy": {"asked": len(greedy), "answered": let_in}, "polite": {"answered": shares, "refused": refused}}
    report.goal(
        "fair rate limiting (production's limits, one learner asks without a pause)",
        "the others are not refused",
        f"{refused} of {len(polite)} refused, {min(shares)} to {max(shares)} answers each",
        not refused and not errors,
        f"the greedy one: {let_in} of {len(greedy)} answered (100 a minute); {errors} errors",
    )
