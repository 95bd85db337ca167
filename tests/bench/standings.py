"""Leaderboards, told to the report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from tests.bench import leaderboards
from tests.bench.leaderboards import Asked, Closing
from tests.bench.report import Report

READ = 5.0
"""Milliseconds in the database, of 95 in a hundred."""
CONSTANT = 2.0
"""How many times as much as among the fewest learners an event may cost among the most: trees grow by a level."""
MINUTE = 60.0
MEMORY = 50.0
"""Megabytes of Python's for closing, whatever is closed."""


def bench_leaderboards(report: Report) -> None:
    events: dict[int, list[Asked]] = {}
    for scale in leaderboards.scales():
        with leaderboards.opened(scale) as hall:
            events[hall.learners] = leaderboards.events(hall)
            if scale == leaderboards.scales()[-1]:
                tell_reads(leaderboards.reads(hall), leaderboards.others(hall), report)
                tell_closing(leaderboards.close(hall), report)
    tell_events(events, report)


def tell_reads(found: Sequence[Asked], others: Sequence[Asked], report: Report) -> None:
    report.table("Reading leaderboards (ms in the database)", ("what", "p50", "p95", "CPU", "CPU p95"), map(_row, found))
    report.table("One's own rank in other ways (ms in the database)", ("what", "p50", "p95", "CPU", "CPU p95"), map(_row, others))
    report.data["leaderboards"] = {"reads": [_figures(each) for each in found], "others": [_figures(each) for each in others]}
    for what in ("top 100", "/me"):
        asked = [each for each in found if each.name.startswith(what)]
        slowest = max(asked, key=lambda each: each.cpu95 or each.p95)
        report.goal(
            f"{what}, each period and scope",
            f"p95 < {READ:.0f} ms in the database",
            f"worst {slowest.cpu95 or slowest.p95:.2f} ms ({slowest.name})",
            (slowest.cpu95 or slowest.p95) < READ,
            f"of the server's CPU, all rows in memory; by the wall's clock up to {max(each.p95 for each in asked):.2f} ms",
        )
    mine = next(each for each in found if each.name == "/me, all, academy")
    report.goal(
        "/me against other ways",
        "is the fastest",
        "; ".join(f"{each.name} {each.cpu / mine.cpu:.0f} x" for each in others if mine.cpu),
        all(each.cpu > mine.cpu or each.p50 > mine.p50 for each in others),
        "times of CPU",
    )


def tell_events(found: Mapping[int, Sequence[Asked]], report: Report) -> None:
    report.table(
        "An event's cost by the number of learners (ms in the database)",
        ("learners", "what", "p50", "p95", "CPU", "CPU p95"),
        ((number, *_row(each)) for number, events in found.items() for each in events),
    )
    report.data["xp events"] = {number: [_figures(each) for each in events] for number, events in found.items()}
    fewest, most = found[min(found)], found[max(found)]
    ratios = [(many.name, many.cpu / few.cpu if few.cpu else many.p50 / few.p50) for few, many in zip(fewest, most, strict=True)]
    report.goal(
        f"an event's cost, {min(found):,} and {max(found):,} learners",
        f"constant (at most {CONSTANT:.0f} x)",
        "; ".join(f"{name} {ratio:.2f} x" for name, ratio in ratios),
        all(ratio <= CONSTANT for _, ratio in ratios),
        "medians of the server's CPU",
    )


def tell_closing(found: Closing, report: Report) -> None:
    report.table(
        "Closing what is over, cut off in the middle",
        ("boards", "scores on them", "champions", "batches", "seconds until the cut", "seconds after it", "memory (MB)"),
        [
            (
                found.boards,
                found.scores,
                found.champions,
                found.batches,
                f"{found.before:.1f}",
                f"{found.after:.1f}",
                f"{found.megabytes:.1f}",
            )
        ],
    )
    report.data["closing"] = asdict(found)
    report.goal(
        "closing the periods of all learners, cut off and gone on with",
        f"< {MINUTE:.0f} s, < {MEMORY:.0f} MB",
        f"{found.before + found.after:.1f} s, {found.megabytes:.1f} MB",
        found.before + found.after < MINUTE and found.megabytes < MEMORY,
        f"{found.boards} boards with {found.scores} scores",
    )


def _row(each: Asked) -> tuple[str, ...]:
    return (each.name, f"{each.p50:.2f}", f"{each.p95:.2f}", f"{each.cpu:.2f}", f"{each.cpu95:.2f}")


def _figures(each: Asked) -> dict[str, float | str]:
    return {"name": each.name, "p50": each.p50, "p95": each.p95, "cpu": each.cpu, "cpu95": each.cpu95, "samples": len(each.walls)}
