"""Payments, told to the report."""

import os
from collections.abc import Sequence
from dataclasses import asdict

from tests.bench import payments
from tests.bench.measure import Times
from tests.bench.payments import Asked, Till
from tests.bench.report import Report

TRIPS = {"order": (4, 1), "verify": (4, 1), "a message of the vendor": (3, 0)}
"""Round trips until the answer stands, and calls of the vendor."""
ANSWER = 20.0
"""Milliseconds for a message of the vendor."""


def bench_payments(report: Report) -> None:
    with payments.till(os.environ.get("SCALE") or "large") as till:
        tell(till, report)


def tell(till: Till, report: Report) -> None:
    _buying(payments.buying(till), report)
    _asked("A month of payments: routes (ms, rows of large tables)", "reads", payments.reads(till), report)
    _asked("A month of payments: reconciliation's statements (ms, rows of large tables)", "reconciling", payments.reconciling(till), report)
    _night(payments.night(till), till.size.payments, report)


def _buying(acts: Sequence[payments.Act], report: Report) -> None:
    report.table(
        "Buying (ms)",
        ("what", "p50", "p95", "CPU", "trips", "trips of publishing", "calls of the vendor"),
        ((a.name, f"{a.times.median:.2f}", f"{a.times.p95:.2f}", f"{a.times.cpu:.2f}", a.trips, a.after, a.calls) for a in acts),
    )
    report.data["buying"] = [{**asdict(a), "times": _figures(a.times)} for a in acts]
    for act in acts:
        trips, calls = TRIPS[act.name]
        report.goal(
            f"{act.name}, trips",
            f"<= {trips}, and {calls} of the vendor",
            f"{act.trips}, and {act.calls}",
            act.trips <= trips and act.calls <= calls,
            f"until the answer stands; its events go out in {act.after} more",
        )
    message = acts[-1].times
    report.goal(
        "a message of the vendor, our time",
        f"< {ANSWER:.0f} ms",
        f"{message.median:.2f} ms, p95 {message.p95:.2f} ms, CPU {message.cpu:.2f} ms",
        message.p95 < ANSWER,
        "the bus answers at once",
    )


def _asked(title: str, name: str, found: Sequence[Asked], report: Report) -> None:
    report.table(
        title,
        ("what", "p50", "p95", "CPU", "rows", "rows counted", "pages", "rows, generic plan", "end to end"),
        (
            (a.name, f"{a.times.median:.2f}", f"{a.times.p95:.2f}", f"{a.times.cpu:.2f}", f"{a.cost.page:.0f}", f"{a.cost.count:.0f}", a.cost.buffers,
                f"{a.generic.page:.0f}", ", ".join(sorted(a.cost.end_to_end | a.generic.end_to_end)) or "-")
            for a in found
        ),
    )  # fmt: skip
    report.data[name] = [{**asdict(a), "times": _figures(a.times)} for a in found]
    over = [a for a in found if a.bound is not None and a.rows > a.bound]
    report.goal(
        f"a million payments, {name}",
        "rows read stay bounded",
        f"{len(found) - len(over)} of {len(found)}",
        not over,
        "; ".join(f"{a.name}: {a.rows:.0f} of {a.bound}" for a in over),
    )


def _night(night: payments.Night, number: int, report: Report) -> None:
    found = {name: n for name, n in night.found.items() if name != "checked"}
    report.table(
        f"The nightly check of the books, {number} payments",
        ("seconds", "statements", "slowest (s)", "rows looked at", "most memory (MB)", "spilled by the server (MB)", "drift"),
        [(f"{night.seconds:.0f}", night.statements, f"{night.slowest:.2f}", night.found["checked"], f"{night.megabytes:.1f}",
            f"{night.spilled / 1e6:.0f}", sum(found.values()))],
    )  # fmt: skip
    report.data["night"] = asdict(night)
    report.goal(
        "the nightly check of the books, a month",
        "no drift",
        f"{sum(found.values())} in {night.seconds:.0f} s",
        not any(found.values()),
        ", ".join(f"{name}: {n}" for name, n in found.items() if n) or f"a piece takes {night.slowest:.2f} s at most",
    )


def _figures(times: Times) -> dict[str, float]:
    return {"p50": times.median, "p95": times.p95, "cpu": times.cpu, "samples": times.samples}
