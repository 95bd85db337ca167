"""Buying, and what is asked of a month of a million payments: round trips, time, rows read.

The vendor is the tests' bank in this process, and the bus takes all at once: what is left is our own time. Who buys is one of the month's learners.
"""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.admin.auditor import books
from academy.payments import keys
from academy.payments.reconciliation import comparing, phases
from academy.platform import events
from academy.platform.db import Statement
from academy.platform.events import Envelope
from academy.platform.ids import earlier
from tests.api import Client, Reply
from tests.bench import month
from tests.bench.measure import Times, side_by_side
from tests.bench.month import Size
from tests.bench.place import Place
from tests.bench.stage import Call, Stage, logging_to_nowhere, sent_by
from tests.cloud import mocked_cloud
from tests.explain.plans import Cost, Explainer
from tests.issuer import Issuer, running_issuer
from tests.payments import FakeGateway, pay, webhooks

BUYERS, WARM = 70, 10
SAMPLES = 60


@dataclass(frozen=True, slots=True)
class Till:
    """The product on a copy of the month. `first` and `last` are the ids of the month's first and last payment, `published` all that went out."""

    stage: Stage
    size: Size
    explainer: Explainer
    month: str
    first: UUID
    last: UUID
    published: list[Envelope]
    patch: pytest.MonkeyPatch

    def value(self, statement: str, *values: Any) -> Any:
        return self.stage.db.connection().run(statement, values).rows[0][0]


@contextmanager
def till(scale: str) -> Iterator[Till]:
    with pytest.MonkeyPatch.context() as patch, Place.open(f"payments_{scale}") as place:
        month.ensure(place, scale)
        with (
            place.copy() as database,
            running_issuer() as issuer,
            opened(place.app_url(database), month.PAYMENTS[scale], issuer, patch) as till,
        ):
            yield till


@contextmanager
def opened(url: str, payments: int, issuer: Issuer, patch: pytest.MonkeyPatch) -> Iterator[Till]:
    """On a database with a month of so many payments."""
    published: list[Envelope] = []

    def put(envelopes: list[Envelope]) -> list[str]:
        published.extend(envelopes)
        return [each.id for each in envelopes]

    with mocked_cloud(patch, issuer), logging_to_nowhere():
        patch.setattr(events, "put", put)
        stage, explainer = Stage(url, issuer, patch), Explainer(url)
        try:
            first, last, name = (
                stage.db.connection()
                .run("""
                select f.id, l.id, to_char(l.created_at at time zone 'Asia/Kolkata', 'YYYY-MM')
                from (select * from payments order by id limit 1) f, (select * from payments order by id desc limit 1) l
            """)
                .rows[0]
            )
            yield Till(stage, Size(payments), explainer, name, first, last, published, patch)
        finally:
            explainer.close()
            stage.close()


@dataclass(frozen=True, slots=True)
class Act:
    """`trips` until the answer stands, `after` it those of publishing; `calls` of the vendor. The most of all."""

    name: str
    trips: int
    after: int
    calls: int
    times: Times


def buying(till: Till) -> list[Act]:
    """Orders of so many learners, their payments verified, and the vendor's messages about them."""
    gateway, token = keys.gateway(), till.stage.issuer.token
    if not isinstance(gateway, FakeGateway):
        raise TypeError(type(gateway))
    learners = [(token(month.PAYER % number), {"courseId": _not_bought(till, number)}) for number in range(1, BUYERS + 1)]
    ordered, orders = _each(till, gateway, "order", [_posting("/payments/order", body, user=user) for user, body in learners])
    told = [(user, pay(gateway.bank, order["data"]["razorpayOrderId"])) for (user, _), order in zip(learners, orders, strict=True)]
    verified, answers = _each(till, gateway, "verify", [_posting("/payments/verify", body, user=user) for user, body in told])
    if not all(answer["data"]["enrolled"] for answer in answers):
        raise RuntimeError("somebody has paid and is not in the course")
    messages = [_posting("/payments/webhook", raw=body, headers=headers) for headers, body in webhooks(gateway.bank)]
    return [ordered, verified, _each(till, gateway, "a message of the vendor", messages)[0]]


def _not_bought(till: Till, learner: int) -> str:
    number = (learner * 7 + 5 * 389) % till.size.courses
    return str(till.value("select id from courses where title = $1", f"Bridges {number}"))


def _posting(path: str, body: Any = None, **options: Any) -> Callable[[Client], Reply]:
    return lambda client: client.post(path, body, **options)


def _each(till: Till, gateway: FakeGateway, name: str, sends: Sequence[Callable[[Client], Reply]]) -> tuple[Act, list[dict[str, Any]]]:
    """Each once, as what was bought can't be bought again; the first warm the handler."""
    prepared = [till.stage.caught(send) for send in sends]
    db, answers, walls, cpus, trips, after, calls = till.stage.db, [], [], [], [], [], []
    db.connection()
    for handler, event, context in prepared:
        before, asked, out = db.trips, len(gateway.calls), len(till.published)
        wall, cpu = time.perf_counter(), time.thread_time()
        answer = handler(event, context)
        cpus.append((time.thread_time() - cpu) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{name}: {answer['statusCode']} {answer['body']}")
        answers.append(json.loads(answer["body"]))
        after.append(1 if len(till.published) > out else 0)
        trips.append(db.trips - before - after[-1])
        calls.append(len(gateway.calls) - asked)
    return Act(name, max(trips), max(after), max(calls), Times(walls[WARM:], cpus[WARM:])), answers


@dataclass(frozen=True, slots=True)
class Asked:
    """`cost` as planned for these parameters, `generic` as planned once for all. `bound`: rows that it may read, None for any number."""

    name: str
    times: Times
    cost: Cost
    generic: Cost
    bound: int | None = None

    @property
    def rows(self) -> float:
        """Read for the answer, the count of all pages aside: by the worse plan."""
        return max(self.cost.page, self.generic.page)


def reads(till: Till) -> list[Asked]:
    """Lists and pages of somebody with a few payments, and of those with the most."""
    few, most, teacher, admin = (
        {"user": till.stage.issuer.token(sub)} for sub in (month.PAYER % 1, month.PAYER % 0, month.TEACHER % 0, month.ADMIN)
    )
    other = {"user": till.stage.issuer.token(month.TEACHER % 7)}
    deep = max(1, till.size.payments // 50 // 20 - 5)
    cursor = till.stage.client.get("/payments/history", query={"page": deep}, **most).json["pagination"]["nextCursor"]
    in_coupons = till.stage.client.get("/coupons", query={"page": till.size.coupons // 40}, **admin).json["pagination"]["nextCursor"]
    payment = till.stage.client.get("/payments/history", **most).data[3]["id"]
    teachers = str(till.value("select id from users where sub = $1", month.TEACHER % 0))
    span = {"from": till.month, "to": till.month}
    sales = till.value("select count(*) from orders o where instructor_id = $1 and status = 'paid'", teachers)
    page = 20 * 20
    asked: list[tuple[str, str, dict[str, Any], int | None]] = [
        ("history, few payments", "/payments/history", few, page),
        ("history, most payments: first page, counted", "/payments/history", most, page),
        ("history, most payments: deep cursor", "/payments/history", {**most, "query": {"cursor": cursor}}, page),
        (f"history, most payments: page {deep}", "/payments/history", {**most, "query": {"page": deep}}, till.size.payments // 50 + page),
        ("history, most payments: the failed ones", "/payments/history", {**most, "query": {"status": "failed"}}, 4 * page),
        ("history, most payments: none of its kind", "/payments/history", {**most, "query": {"status": "authorized"}}, till.size.payments // 50),
        ("a payment with its life", f"/payments/{payment}", most, page),
        ("payouts of few sales", "/payments/payouts", {**other, "query": span}, None),
        (f"payouts of {sales} sales", "/payments/payouts", {**teacher, "query": span}, 20 * sales),
        (f"payouts of {sales} sales, by an admin", "/payments/payouts", {**admin, "query": {**span, "instructorId": teachers}}, 20 * sales),
        ("payouts of twelve months", "/payments/payouts", teacher, 20 * sales),
        ("coupons of an instructor", "/coupons", teacher, page),
        ("coupons, an admin's first page, counted", "/coupons", admin, page),
        ("coupons, an admin's deep cursor", "/coupons", {**admin, "query": {"cursor": in_coupons}}, page),
        ("coupons of an instructor that may be used", "/coupons", {**teacher, "query": {"active": "true"}}, page),
        ("payments to look at", "/payments", admin, page),
        ("comparisons with the vendor", "/payments/reconciliations", admin, page),
    ]  # fmt: skip
    return [
        _asked(till, name, till.stage.prepare(lambda client, path=path, options=options: client.get(path, **options)), bound, skipped=1)  # type: ignore[misc]
        for name, path, options, bound in asked
    ]


def reconciling(till: Till) -> list[Asked]:
    """The statements by which reconciliation finds what to look at."""
    ids = [row[0] for row in till.stage.db.connection().run("select razorpay_payment_id from payments where applied limit 500").rows]
    refunds = [row[0] for row in till.stage.db.connection().run("select razorpay_refund_id from refunds limit 500").rows]
    walked = {"after_at": "-infinity", "after_id": str(UUID(int=0)), "limit": phases.PIECE}
    since = earlier(till.last, timedelta(days=phases.NOT_FINAL_DAYS))
    asked: list[tuple[str, Statement, dict[str, Any]]] = [
        ("messages not acted on", phases._MESSAGES, walked),
        ("refunds under way", phases._REFUNDS, {**walked, "days": phases.LATE_REFUND_DAYS}),
        ("refunds that failed", phases._NOT_GIVEN_BACK, {"limit": phases.PIECE}),
        ("orders that are due", phases._DUE, walked),
        (f"{phases.PIECE} payments of the vendor's list", comparing._KNOWN, {"ids": ids[: phases.PIECE]}),
        (f"{len(ids)} payments of a settlement", comparing._KNOWN, {"ids": ids}),
        (f"{len(refunds)} refunds of a settlement", phases._GIVEN, {"ids": refunds}),
        ("attempts of three days without an end", phases._NOT_FINAL, {"since": since, "limit": phases.MOST_NOT_FINAL}),
    ]

    def call(statement: Statement, parameters: dict[str, Any]) -> Callable[[], Any]:
        return lambda: till.stage.db.read(lambda work: work.rows(statement, **parameters))

    return [_asked(till, name, call(statement, parameters), 10_000) for name, statement, parameters in asked]


def _asked(till: Till, name: str, call: Call | Callable[[], Any], bound: int | None, *, skipped: int = 0) -> Asked:
    """`skipped` statements are admission's."""
    connection = till.stage.db.connection()
    statements = [statement for sent in sent_by(connection, call)[skipped:] for statement in sent.statements]
    (times,) = side_by_side(call, samples=SAMPLES, warm=3)
    cost, generic = (till.explainer.cost(statements, mode) for mode in ("force_custom_plan", "force_generic_plan"))
    return Asked(name, times, cost, generic, bound)


@dataclass(frozen=True, slots=True)
class Night:
    """The nightly check of the books. Seconds; `slowest` of its statements; `megabytes` at most in Python; `spilled` by the server to its disk."""

    seconds: float
    statements: int
    slowest: float
    megabytes: float
    spilled: int
    found: dict[str, int]


def night(till: Till) -> Night:
    """Over all of the month, as if it had just ended."""
    age = till.value("select extract(epoch from now() - created_at)::bigint / 86400 + 1 from payments where id = $1", till.first)
    connection = till.stage.db.connection()
    spilled = "select temp_bytes::bigint from pg_stat_database where datname = current_database()"
    before = till.value(spilled)
    original, took = connection.run_all, list[float]()

    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return original(*arguments, **options)
        finally:
            took.append(time.perf_counter() - started)

    with till.patch.context() as patch:
        patch.setattr(books, "DAYS", int(age))
        patch.setitem(vars(connection), "run_all", timed)
        tracemalloc.start()
        try:
            started = time.perf_counter()
            found = books.check(till.stage.db)
            seconds = time.perf_counter() - started
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return Night(seconds, len(took), max(took), peak / 1e6, till.value(spilled) - before, dict(found))
