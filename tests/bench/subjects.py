"""What is measured, by name: each subject takes its measures and tells the report."""

import json
from collections.abc import Callable
from dataclasses import asdict

from tests.bench import admission, generation, imports, json_work, memory, pages, progress, reads, search
from tests.bench.report import Report
from tests.bench.running import bench_load
from tests.bench.scene import Scene
from tests.bench.stage import read_routes
from tests.bench.standings import bench_leaderboards
from tests.bench.till import bench_payments


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
    report.data["reads"] = {where: [asdict(r) for r in rows] for where, rows in found.items()}
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
    slow, waited = max(found["near"], key=lambda r: r.cpu), max(found["near"], key=lambda r: r.python)
    report.goal(
        "handler minus SQL, warm",
        f"< {reads.PYTHON} ms median",
        f"worst {slow.cpu:.2f} ms ({slow.route})",
        slow.cpu < reads.PYTHON,
        f"CPU, which a busy machine leaves alone; by the wall's clock up to {waited.python:.2f} ms ({waited.route})",
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


def bench_progress(scene: Scene, report: Report) -> None:
    found = {where: progress.measure(scene, far=where == "far") for where in ("far", "near")}
    report.table(
        "POST /progress/section, a section completed (medians, ms)",
        ("network", "handler", "less admission", "statement alone", "ORM, no admission", "statements", "faster", "faster, admission included",
            "trips", "trips over a course", "ms over a course"),
        (
            (where, f"{p.handler:.2f}", f"{p.recording:.2f}", f"{p.statement:.2f}", f"{p.orm:.2f}", p.orm_statements, f"{p.faster:.1f}",
                f"{p.faster_in_all:.1f}", p.trips, f"{p.average_trips:.2f}", f"{p.average:.2f}")
            for where, p in found.items()
        ),
    )  # fmt: skip
    report.data["progress"] = {where: {**asdict(p), "faster": p.faster, "faster_in_all": p.faster_in_all} for where, p in found.items()}
    far, near = found["far"], found["near"]
    report.goal(
        "/progress/section against an eight-statement ORM transaction",
        f">= {progress.FASTER:.0f} x faster",
        f"{far.faster:.1f} x at 1 ms a trip",
        far.faster >= progress.FASTER,
        f"{far.faster_in_all:.1f} x with admission on our side alone; {near.faster:.1f} x without the proxy",
    )
    report.goal(
        "/progress/section, trips",
        f"<= {progress.TRIPS}",
        f"{far.trips}, over a whole course {far.average_trips:.2f}",
        far.average_trips <= progress.TRIPS,
        "a report that completes a lesson books its points and badges and publishes its events before it answers",
    )


def bench_pages(scene: Scene, report: Report) -> None:
    found = {where: pages.measure(scene, far=where == "far") for where in ("far", "near")}
    report.table(
        "Pages against the ORM's eager loading (medians, ms)",
        ("network", "page", "handler", "less admission", "ORM, no admission", "statements", "faster", "faster, admission included"),
        (
            (where, p.name, f"{p.handler:.2f}", f"{p.page:.2f}", f"{p.orm:.2f}", p.orm_statements, f"{p.faster:.1f}", f"{p.faster_in_all:.1f}")
            for where, rows in found.items() for p in rows
        ),
    )  # fmt: skip
    report.data["pages"] = {
        where: [{**asdict(p), "faster": p.faster, "faster_in_all": p.faster_in_all} for p in rows] for where, rows in found.items()
    }
    for far, near in zip(found["far"], found["near"], strict=True):
        report.goal(
            f"{far.name} against the ORM",
            f">= {pages.FASTER:.0f} x faster",
            f"{far.faster:.1f} x at 1 ms a trip",
            far.faster >= pages.FASTER,
            f"{far.faster_in_all:.1f} x with admission on our side alone; {near.faster:.1f} x without the proxy",
        )
    report.chart(
        "Pages at 1 ms a trip: handler with admission, ORM without",
        "ms",
        ("handler", "ORM"),
        [(p.name, (p.handler, p.orm)) for p in found["far"]],
    )


def bench_search(scene: Scene, report: Report) -> None:
    with scene.stage(far=False) as stage:
        found = {name: search.measure(stage.db, facets=facets) for name, facets in (("search", False), ("with facets", True))}
        understood = search.corrections(stage.db)
    report.table(
        "Search (ms in the database)",
        ("", "searches", "p50", "p95", "slowest, median", "which"),
        (
            (name, f.kind, f"{f.p50:.2f}", f"{f.p95:.2f}", f"{f.worst:.2f}", f.slowest)
            for name, rows in found.items() for f in rows
        ),
    )  # fmt: skip
    report.data["search"] = {name: [asdict(f) for f in rows] for name, rows in found.items()}
    for name, limit in (("search", search.P95), ("with facets", search.P95_FACETS)):
        every = found[name][-1]
        report.goal(
            f"{name}, mixed real queries",
            f"p95 < {limit:.0f} ms in the database",
            f"{every.p95:.2f} ms",
            every.p95 < limit,
            f"median {every.p50:.2f}; the slowest is {every.slowest!r} with {every.worst:.2f}",
        )
    right = sum(understood[typed] == meant for typed, meant in search.TYPED.items())
    report.goal("typing errors found", f"{len(search.TYPED)}", f"{right}", right == len(search.TYPED))
    report.chart("Search in the database: p95", "ms", ("search", "with facets"),
        [(a.kind, (a.p95, b.p95)) for a, b in zip(*found.values(), strict=True)], search.P95)  # fmt: skip


def bench_json(scene: Scene, report: Report) -> None:
    with scene.stage(far=False) as stage:
        call = stage.prepare(lambda client: client.get("/courses", query={"limit": json_work.ROWS}))
        call()
        work, answer = json_work.of(call)
    rows = len(json.loads(answer["body"])["data"])
    report.table(
        f"JSON of a page of {rows} rows ({len(answer['body'])} characters)",
        ("parsed by Python (characters)", "printed by Python (characters)", "validated", "dumped by pydantic"),
        [(work.parsed, work.printed, ", ".join(work.validated), ", ".join(work.dumped) or "-")],
    )
    report.data["json"] = {"rows": rows, "characters": len(answer["body"]), **asdict(work)}
    report.goal(
        "JSON of a 100-row page",
        "serialised once, no double validation",
        f"rows printed or parsed in Python {work.large} times; validated: {', '.join(work.validated)}",
        rows == json_work.ROWS and not work.large and not work.dumped and len(work.validated) <= 1,
        "PostgreSQL prints the rows, the handler joins them",
    )


def bench_memory(scene: Scene, report: Report) -> None:
    found = memory.measure(scene)
    report.table(
        f"Memory of a warm function (MB resident), {memory.LEARNERS} learners",
        ("function", *(f"after {mark}" for mark in memory.MARKS), "growth"),
        ((m.function, *(f"{m.megabytes[mark]:.1f}" for mark in memory.MARKS), f"{m.growth:+.1f}") for m in found),
    )
    report.data["memory"] = [{**asdict(m), "growth": m.growth} for m in found]
    worst = max(found, key=lambda m: m.growth)
    report.goal(
        "memory of a warm function after 10,000 requests",
        f"flat (at most {memory.GROWTH:.0f} MB more than after 1,000)",
        f"{worst.growth:+.1f} MB ({worst.function})",
        worst.growth <= memory.GROWTH,
    )


def bench_imports(report: Report) -> None:
    costs = [imports.measure(function) for function in imports.API_FUNCTIONS]
    report.table(
        "INIT: importing a handler (median ms), and what costs most (ms, cumulative)",
        ("function", "CPU", "least", "wall", "heaviest", "forbidden"),
        (
            (c.function, f"{c.cpu:.0f}", f"{c.least:.0f}", f"{c.wall:.0f}", ", ".join(c.heaviest), ", ".join(c.forbidden) or "-")
            for c in costs
        ),
    )
    report.data["imports"] = [asdict(cost) for cost in costs]
    worst, vendors = max(costs, key=lambda cost: cost.cpu), [cost.function for cost in costs if cost.forbidden]
    report.goal(
        "INIT of each API function, import",
        f"< {imports.IMPORT} ms",
        f"{worst.cpu:.0f} ms of CPU ({worst.function})",
        worst.cpu < imports.IMPORT,
        f"median; the least was {worst.least:.0f} ms; wall {worst.wall:.0f} ms",
    )
    report.goal("INIT, vendor SDKs", "none", ", ".join(vendors) or "none", not vendors)
    sizes = imports.sizes()
    if sizes:
        report.table("Packages, unzipped (MB)", ("package", "MB"), ((name, f"{size:.1f}") for name, size in sizes.items()))
        layers = sum(size for name, size in sizes.items() if name.endswith("Layer"))
        report.goal("layers", f"<= {imports.LAYER} MB", f"{layers:.1f} MB, both together", layers <= imports.LAYER)
    report.data["sizes"] = sizes
    report.chart("INIT: CPU of importing a handler", "ms", ("CPU",), [(c.function, (c.cpu,)) for c in costs], imports.IMPORT)


def bench_generation(report: Report) -> None:
    found = generation.measure_all()
    report.table(
        "Lessons written side by side, vendors answering in a second (s)",
        ("lessons", "wall", "slowest chain", "ratio", "with a place for each lesson", "one after the other"),
        ((g.lessons, f"{g.wall:.1f}", f"{g.chain:.1f}", f"{g.ratio:.2f}", f"{g.single:.1f}", f"{g.summed:.1f}") for g in found),
    )
    report.data["generation"] = [{**asdict(g), "ratio": g.ratio} for g in found]
    worst = max(found, key=lambda g: g.ratio)
    report.goal(
        "n lessons generated in parallel",
        f"<= {generation.RATIO} x the slowest chain",
        f"worst {worst.ratio:.2f} ({worst.lessons} lessons)",
        worst.ratio <= generation.RATIO,
        "six at a time: of twelve lessons a chain has two; against a single lesson's chain "
        + ", ".join(f"{g.lessons}: {g.wall / g.single:.2f}" for g in found),
    )


WITH_DATABASE: dict[str, Callable[[Scene, Report], None]] = {
    "admission": bench_admission,
    "reads": bench_reads,
    "progress": bench_progress,
    "pages": bench_pages,
    "search": bench_search,
    "json": bench_json,
    "memory": bench_memory,
}
BY_ITSELF: dict[str, Callable[[Report], None]] = {
    "imports": bench_imports,
    "generation": bench_generation,
    "load": bench_load,
    "payments": bench_payments,
    "leaderboards": bench_leaderboards,
}
