"""A month of a large academy's payments: each row as settling, refunding and expiring would have left it, made by a few statements over all of them.

Of 100 payments 85 are sales, 3 more were given back whole and 2 by half, 5 failed and 5 were never begun. One in nine is for courses of instructor 0,
one in fifty of learner 0 (`teacher-0000000` and `payer-0000000` by `sub`). One in twenty-five has a coupon.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from academy.migrations import runner
from academy.platform.db import connect
from tests.bench.place import Place

PAYMENTS = {"large": 1_000_000, "small": 10_000}
ADMIN, TEACHER, PAYER = "payments-admin", "teacher-%07d", "payer-%07d"
TEACHERS = 500

# Version 7, of that time; the rest follows from what it is the id of.
_ID = """
    create function pg_temp.id(at timestamptz, n bigint, what text) returns uuid language sql immutable as $$
        select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8'
            || substr(md5(what || n), 1, 15))::uuid $$
"""
_LONG_AGO = "timestamptz '2024-01-01'"


def _person(number: str, what: str) -> str:
    return f"pg_temp.id({_LONG_AGO}, {number}, '{what}')"


@dataclass(frozen=True, slots=True)
class Size:
    """`learners` leaves 1 when divided by 25: then none of them has a coupon twice."""

    payments: int

    @property
    def learners(self) -> int:
        return self.payments // 5 // 25 * 25 + 1

    @property
    def courses(self) -> int:
        return self.payments // 40

    @property
    def coupons(self) -> int:
        return max(40, self.payments // 200)


def _people(size: Size) -> dict[str, str]:
    users = "insert into users (id, sub, email, username, full_name, role, domain, branch, year, onboarded_at, instructor_approved_at, created_at)"
    about = f"'engineering', 'Computer Science', 2, {_LONG_AGO}"
    return {
        "people": f"""{users}
            select {_person("n", "learner")}, 'payer-' || lpad(n::text, 7, '0'), 'payer' || n || '@large.test', 'payer' || n, 'Asha Rao ' || n,
                'student', {about}, null, {_LONG_AGO} from generate_series(0, {size.learners}) n
            union all select {_person("n", "teacher")}, 'teacher-' || lpad(n::text, 7, '0'), 'teacher' || n || '@large.test', 'teacher' || n,
                'A Teacher ' || n, 'instructor', {about}, {_LONG_AGO}, {_LONG_AGO} from generate_series(0, {TEACHERS - 1}) n
            union all select {_person("0", "admin")}, '{ADMIN}', 'payments-admin@large.test', 'payments-admin', 'An Admin', 'admin', {about},
                {_LONG_AGO}, {_LONG_AGO}""",
        "courses": f"""
            insert into courses (id, instructor_id, title, description, domain, category, difficulty, price, status, published_at, section_count)
            select {_person("n", "course")}, {_person(f"case when n % 9 = 0 then 0 else 1 + n % {TEACHERS - 1} end", "teacher")}, 'Bridges ' || n,
                'What every engineer should know, told from the beginning.', 'engineering', 'programming', 'beginner', (199 + n % 20 * 100) * 100,
                'published', {_LONG_AGO}, 20 from generate_series(0, {size.courses - 1}) n""",
        "coupons": f"""
            insert into coupons (id, code, owner_id, academy_wide, percent)
            select {_person("n", "coupon")}, 'SAVE' || n, case when n % 5 = 0 then {_person("0", "teacher")} else {_person("0", "admin")} end,
                n % 5 <> 0, 10 from generate_series(0, {size.coupons - 1}) n""",
    }


def _sales(size: Size) -> str:
    """All that follows from a payment's number, in a table for the time of seeding. `k` says how it went: see the module's beginning."""
    return f"""
        create unlogged table seeding as
        select *, net - taxable as tax, taxable * 7000 / 10000 as share, net * 236 / 10000 as fee, net * 236 / 10000 * 18 / 118 as fee_tax,
            k < 90 as sold, case when k < 85 then 0 when k < 88 then net when k < 90 then net / 2 else 0 end as back,
            case when k < 90 then row_number() over (partition by k < 90 order by n) end as number,
            case when k between 85 and 89 then row_number() over (partition by k between 85 and 89 order by n) end as note
        from (
            select *, price - discount as net, ((price - discount) * 20000 + 11800) / 23600 as taxable from (
                select n, k, at, pg_temp.id(at, n, 'order') as id, {_person("learner", "learner")} as user_id, {_person("course", "course")} as course_id,
                    {_person(f"case when course % 9 = 0 then 0 else 1 + course % {TEACHERS - 1} end", "teacher")} as instructor_id,
                    'Bridges ' || course as title, (199 + course % 20 * 100) * 100 as price,
                    case when n % 25 = 1 and k < 90 then (199 + course % 20 * 100) * 10 else 0 end as discount,
                    case when n % 25 = 1 and k < 90 then {_person(f"(n / 25 % ({size.coupons} / 5) * 5 + 1)", "coupon")} end as coupon_id,
                    case when n % 3 = 0 then '33' else '27' end as place
                from (
                    select n, (n + n / 50) % 100 as k, case when n % 50 = 0 then 0 else 1 + n % {size.learners} end as learner,
                        case when n % 50 = 0 then n / 50 % {size.courses}
                            else (n % {size.learners} * 7 + n / {size.learners} * 389) % {size.courses} end as course,
                        first + (after - first) * (n::double precision / {size.payments + 1}) as at
                    from generate_series(1::bigint, {size.payments}) n cross join (
                        select (month - interval '1 month') at time zone 'Asia/Kolkata' as first, month at time zone 'Asia/Kolkata' as after
                        from (select date_trunc('month', now() at time zone 'Asia/Kolkata') as month) m) span
                ) numbered
            ) priced
        ) taxed
    """


_PAID_AT = "(at + interval '90 seconds')"
_BACK_AT = "(at + interval '2 hours')"
_YEAR = """
    select to_char(first, 'YY') || '-' || to_char(first + interval '1 year', 'YY') as year
    from (select min(at) at time zone 'Asia/Kolkata' - interval '3 months' as first from seeding) f
"""
_LINES = {
    "sale": (
        _PAID_AT, "sold",
        """(0, 'learner_receivable', net), (1, 'tax_payable', -tax), (2, 'instructor_payable', -share), (3, 'revenue', share - taxable),
        (4, 'razorpay_clearing', net), (5, 'learner_receivable', -net)""",
    ),
    "fee": (_PAID_AT, "sold", "(0, 'fees', fee), (1, 'razorpay_clearing', -fee)"),
    "refund": (
        _BACK_AT, "back > 0",
        """(0, 'tax_payable', tax * back / net), (1, 'instructor_payable', share * back / net),
        (2, 'refunds', back - tax * back / net - share * back / net), (3, 'razorpay_clearing', -back)""",
    ),
}  # fmt: skip
"""When, of which payments, and what is booked: as `academy.payments.books.ledger` does."""
_STEPS = (
    ("created", "order", "at", "true", "net"),
    ("attempted", "webhook", "at + interval '30 seconds'", "k < 95", "net"),
    ("failed", "webhook", "at + interval '60 seconds'", "k between 90 and 94", "null"),
    ("captured", "verify", _PAID_AT, "sold", "net"),
    ("enrolled", "verify", _PAID_AT, "sold", "null"),
    ("invoiced", "verify", _PAID_AT, "sold", "net"),
    ("charged", "verify", _PAID_AT, "sold", "fee"),
    ("refund_requested", "admin", "at + interval '1 hour'", "back > 0", "back"),
    ("refund_processed", "webhook", _BACK_AT, "back > 0", "back"),
)


def _invoices(kind: str) -> str:
    whole = kind == "invoice"
    tax = "tax" if whole else "tax * back / net"
    total = "net" if whole else "back"
    discount = "discount" if whole else "discount * back / net"
    series, number, which, at = ("DCA", "number", "sold", _PAID_AT) if whole else ("DCN", "note", "back > 0", _BACK_AT)
    return f"""
        insert into invoices (id, kind, series, financial_year, number, serial, payment_id, refund_id, original_id, issued_on, issued_at, seller, buyer,
            place_of_supply, description, sac, currency, price, discount, taxable, tax_bp, cgst, sgst, igst, total)
        select pg_temp.id(at, n, '{kind}'), '{kind}', '{series}', year, {number}, '{series}/' || year || '/' || lpad({number}::text, 6, '0'), id,
            {"null, null" if whole else "pg_temp.id(at, n, 'refund'), pg_temp.id(at, n, 'invoice')"}, ({at} at time zone 'Asia/Kolkata')::date, {at},
            '{{"name": "Kayago Solutions", "address": "Chennai, Tamil Nadu", "gstin": "33AABCK1234A1ZG", "state": "33"}}', '{{"name": "Asha Rao"}}',
            place, title, '999293', 'INR', {total} + {discount}, {discount}, {total} - {tax}, 1800,
            case when place = '33' then {tax} / 2 else 0 end, case when place = '33' then {tax} - {tax} / 2 else 0 end,
            case when place = '33' then 0 else {tax} end, {total}
        from seeding cross join ({_YEAR}) y where {which}
    """


def _books() -> dict[str, str]:
    made = {
        "enrolments": f"""
            insert into enrollments (id, user_id, course_id, status, source, enrolled_at, ended_at)
            select pg_temp.id(at, n, 'enrollment'), user_id, course_id, case when back = net then 'ended' else 'active' end, 'payment', {_PAID_AT},
                case when back = net then {_BACK_AT} end from seeding where sold""",
        "orders": f"""
            insert into orders (id, user_id, course_id, instructor_id, coupon_id, status, currency, price, discount, taxable, tax, amount, tax_bp, share_bp,
                place_of_supply, course_title, buyer, razorpay_order_id, enrollment_id, version, created_at, expires_at, paid_at)
            select id, user_id, course_id, instructor_id, coupon_id, case when sold then 'paid' else 'expired' end, 'INR', price, discount, taxable, tax,
                net, 1800, 7000, place, title, '{{"name": "Asha Rao"}}', 'order_' || substr(md5(id::text), 1, 14),
                case when sold then pg_temp.id(at, n, 'enrollment') end, case when back > 0 then 4 else 2 end, at, at + interval '30 minutes',
                case when sold then {_PAID_AT} end from seeding""",
        "payments": f"""
            insert into payments (id, order_id, user_id, course_id, status, amount, currency, amount_captured, amount_refunded, fee, fee_tax, applied,
                method, razorpay_order_id, razorpay_payment_id, error_code, error_description, created_at, captured_at, failed_at)
            select id, id, user_id, course_id,
                case when k < 85 then 'captured' when k < 88 then 'refunded' when k < 90 then 'partially_refunded' when k < 95 then 'failed'
                    else 'created' end,
                net, 'INR', case when sold then net else 0 end, back, case when sold then fee else 0 end, case when sold then fee_tax else 0 end, sold,
                case when k < 95 then 'upi' end, 'order_' || substr(md5(id::text), 1, 14), case when k < 95 then 'pay_' || substr(md5(id::text), 1, 14) end,
                case when k between 90 and 94 then 'BAD_REQUEST_ERROR' end, case when k between 90 and 94 then 'Your bank declined.' end,
                at, case when sold then {_PAID_AT} end, case when k between 90 and 94 then at + interval '60 seconds' end from seeding""",
        "refunds": f"""
            insert into refunds (id, payment_id, amount, status, origin, reason, requested_by, razorpay_refund_id, requested_at, processed_at)
            select pg_temp.id(at, n, 'refund'), id, back, 'processed', 'admin', 'The learner asked for it.', {_person("0", "admin")},
                'rfnd_' || substr(md5(id::text), 1, 14), at + interval '1 hour', {_BACK_AT} from seeding where back > 0""",
        "invoices": _invoices("invoice"),
        "credit notes": _invoices("credit_note"),
        "series": "insert into invoice_series select series, financial_year, max(number) from invoices group by 1, 2",
        "uses of coupons": f"""
            insert into coupon_uses (order_id, coupon_id, user_id, number, status, discount, created_at, updated_at)
            select id, coupon_id, user_id, 1, 'redeemed', discount, at, {_PAID_AT} from seeding where coupon_id is not null""",
        "counted uses": """
            update coupons k set uses = u.uses from (select coupon_id, count(*) as uses from coupon_uses group by 1) u where u.coupon_id = k.id""",
        "counted learners": """
            update courses c set total_enrollments = e.learners
            from (select course_id, count(*) as learners from enrollments where status <> 'ended' group by 1) e where e.course_id = c.id""",
        "comparisons": """
            insert into reconciliations (id, checked, started_at, finished_at)
            select pg_temp.id(first + n * interval '15 minutes', n, 'reconciliation'), 300, first + n * interval '15 minutes',
                first + n * interval '15 minutes' + interval '20 seconds'
            from generate_series(0, 2879) n cross join (select min(at) as first from seeding) f""",
    }  # fmt: skip
    for kind, (at, which, lines) in _LINES.items():
        reference = "pg_temp.id(at, n, 'refund')" if kind == "refund" else "id"
        made[f"entries: {kind}"] = f"""
            insert into ledger_entries (id, kind, reference, payment_id, currency, booked_at)
            select pg_temp.id(at, n, '{kind}'), '{kind}', {reference}, id, 'INR', {at} from seeding where {which}"""
        made[f"lines: {kind}"] = f"""
            insert into ledger_lines (entry_id, position, account, owner_id, currency, amount, booked_at)
            select pg_temp.id(at, n, '{kind}'), l.position, l.account, case when l.account = 'instructor_payable' then instructor_id end, 'INR', l.amount, {at}
            from seeding cross join lateral (values {lines}) l (position, account, amount) where {which} and l.amount <> 0"""
    for position, (step, source, at, which, amount) in enumerate(_STEPS):
        reference = "pg_temp.id(at, n, 'refund')::text" if step.startswith("refund") else "''"
        made[f"steps: {step}"] = f"""
            insert into payment_events (id, payment_id, kind, reference, source, amount, occurred_at)
            select pg_temp.id({at}, n * 16 + {position}, '{step}'), id, '{step}', {reference}, '{source}', {amount}, {at} from seeding where {which}"""
    return made


def seed(owner_url: str, payments: int, say: Callable[[str], None] = print) -> None:
    """Into a migrated database without payments, by its superuser: what triggers and foreign keys would check row by row is true by construction."""
    connection = connect(owner_url)
    connection._usock.settimeout(None)
    size = Size(payments)
    try:
        connection.command("set session_replication_role = replica")
        connection.command(_ID)
        for what, statement in {**_people(size), "sales": _sales(size), "statistics": "analyze seeding", **_books()}.items():
            started = time.monotonic()
            connection.command(statement)
            say(f"{time.monotonic() - started:6.1f} s  {what}")
        connection.command("drop table seeding")
        started = time.monotonic()
        connection.command("vacuum (analyze)")
        say(f"{time.monotonic() - started:6.1f} s  vacuum and statistics")
    finally:
        connection.close()


def ensure(place: Place, scale: str) -> None:
    """Seeds once; later migrations are applied to what is there."""
    admin = connect(place.url("postgres"))
    there = admin.run("select from pg_database where datname = $1", (place.seed,)).row_count
    admin.close()
    if there and not _is_whole(place):
        place.command(f"drop database {place.seed}")
        there = 0
    if not there:
        place.command(f"create database {place.seed}")
    runner.prepare(place.url(place.seed), owner_password=place.password, app_password=place.password)
    runner.upgrade(place.owner_url(place.seed))
    if not there:
        seed(place.url(place.seed), PAYMENTS[scale])


def _is_whole(place: Place) -> bool:
    """The comparisons are written among the last, and the table for the time of seeding is dropped at the end."""
    connection = connect(place.url(place.seed))
    try:
        return bool(connection.run("select to_regclass('seeding') is null and to_regclass('payments') is not null").rows[0][0])
    finally:
        connection.close()
