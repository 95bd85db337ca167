"""What is measured, by name: each subject takes its measures and tells the report."""

from collections.abc import Callable
from dataclasses import asdict

from tests.bench import admission, reads
from tests.bench.report import Report
from tests.bench.scene import Scene
from tests.bench.stage import read_routes


def bench_admission(scene: Scene, report: Report) -> None:
    with scene.stage(far=False) as stage:
        near = admission.measure(stage, scene.world)
    report.table(
        "Admission (ms)",
        ("trips", "wall", "statement alone", "CPU, driver included", "CPU of the frame", "a token's first check"),
        [(near.trips, f"{near.wall:.2f}", f"{near.bare:.2f}", f"{near.cpu:.2f}", f"{near.frame:.2f}", f"{near.first_token:.2f}")],
    )
    report.data["admission"] = asdict(near)
    report.goal("admission, round trips", "1", str(near.trips), near.trips == admission.TRIPS)
    report.goal("admission, Python", f"< {admission.PYTHON} ms", f"{near.cpu:.2f} ms", near.cpu < admission.PYTHON, "CPU, driver included")


def bench_reads(scene: Scene, report: Report) -> None:
    found: dict[str, list[reads.Read]] = {}
    for where in ("near", "far"):
        with scene.stage(far=where == "far") as stage:
            found[where] = reads.measure(stage, scene.world)
    added = scene.network.added
    for where, title in (("far", f"Reads, {added:.2f} ms more a trip"), ("near", "Reads, without the proxy")):
        report.table(
            f"{title} (medians, ms)",
            ("route", "handler", "p95", "bare", "ratio", "handler - bare", "CPU", "trips", "result's statements", "ratio to them"),
            (
                (r.route, f"{r.handler:.2f}", f"{r.p95:.2f}", f"{r.bare:.2f}", f"{r.ratio:.2f}", f"{r.python:.2f}", f"{r.cpu:.2f}", r.trips,
                    f"{r.result:.2f}", f"{r.handler / r.result:.2f}" if r.trips > 1 else "-")
                for r in found[where]
            ),
        )  # fmt: skip
    report.data["reads"] = {where: [{**asdict(r), "ratio": r.ratio, "python": r.python} for r in rows] for where, rows in found.items()}
    report.data["network"] = asdict(scene.network)
    far, near = (max(found[where], key=lambda r: r.ratio) for where in ("far", "near"))
    late = [r for r in found["far"] if r.ratio > reads.RATIO]
    report.goal(
        "each read route, handler to answer, at 1 ms a trip",
        f"<= {reads.RATIO} x bare SQL",
        f"worst {far.ratio:.2f} ({far.route})",
        not late,
        f"{len(found['far']) - len(late)} of {len(found['far'])} routes; without the proxy up to {near.ratio:.2f} ({near.route})",
    )
    slow = max(found["near"], key=lambda r: r.python)
    report.goal(
        "handler minus SQL, warm", f"< {reads.PYTHON} ms median", f"worst {slow.python:.2f} ms ({slow.route})", slow.python < reads.PYTHON
    )
    report.chart(
        "Reads at 1 ms a trip: handler, bare statements", "ms", ("handler", "bare"), [(r.route, (r.handler, r.bare)) for r in found["far"]]
    )
    report.chart("Reads at 1 ms a trip: handler / bare", "ratio", ("ratio",), [(r.route, (r.ratio,)) for r in found["far"]], reads.RATIO)
    profiled = {
        "GET /courses": "list_courses",
        "GET /courses/{id}": "get_course",
        "GET /progress/analytics/dashboard": "get_learning_dashboard",
    }
    with scene.stage(far=False) as stage:
        for endpoint in read_routes():
            if (name := f"{endpoint.method} {endpoint.path}") in profiled:
                costs = reads.profile(stage.route(endpoint, scene.world))
                report.data.setdefault("profile", {})[name] = [asdict(cost) for cost in costs]
                report.table(
                    f"Where a warm {name} spends its time (cProfile, own ms a call)",
                    ("function", "ms", "calls"),
                    ((c.function, f"{c.milliseconds:.3f}", f"{c.calls:.1f}") for c in costs),
                )


WITH_DATABASE: dict[str, Callable[[Scene, Report], None]] = {"admission": bench_admission, "reads": bench_reads}
BY_ITSELF: dict[str, Callable[[Report], None]] = {}
