"""Two coupons to try, and learners who came in by one of them.

Nobody here has paid with money: the vendor would know nothing of it. A coupon of everything needs no vendor, and leaves the papers that a payment
leaves: order, payment, invoice.
"""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from academy.payments.books import gst
from academy.payments.books.invoices import draft_invoice
from academy.payments.policy import Policy
from infra.local.seed.ids import seed_id
from infra.local.seed.rows import Academy, Rows, course_id

INDIA = ZoneInfo("Asia/Kolkata")
PASSES = 3
"""Of the free passes, how many were used."""
_WELCOME, _PASS = (str(seed_id("coupon", code)) for code in ("WELCOME20", "FREEPASS"))


def coupons(academy: Academy, *, used: int) -> Rows:
    admin = next(person for person in academy.people if person.role == "admin")
    columns = {"owner_id": admin.id, "academy_wide": True}
    return [
        {
            **columns,
            "id": _WELCOME,
            "code": "WELCOME20",
            "percent": 20,
            "max_discount": 50_000,
            "max_uses": None,
            "max_uses_per_user": 1,
            "uses": 0,
        },
        {
            **columns,
            "id": _PASS,
            "code": "FREEPASS",
            "percent": 100,
            "max_discount": None,
            "max_uses": 10,
            "max_uses_per_user": 1,
            "uses": used,
        },
    ]


def purchases(academy: Academy, enrollments: Rows, instructors: dict[str, Any]) -> dict[str, Rows]:
    """What the first learners in priced courses leave who came by a free pass, by table. Their enrolments say so, too."""
    made: dict[str, Rows] = {name: [] for name in ("orders", "payments", "payment_events", "coupon_uses", "invoices", "invoice_series")}
    names = {person.id: person.full_name for person in academy.people}
    courses = {course_id(course.slug): course for course in academy.courses}
    numbers: Counter[str] = Counter()
    for enrollment in _passes(enrollments, courses):
        course = courses[enrollment["course_id"]]
        enrollment["source"] = "coupon"
        order_id, at = str(seed_id("order", enrollment["id"])), enrollment["enrolled_at"]
        who = {"user_id": enrollment["user_id"], "course_id": enrollment["course_id"]}
        zero = {"price": course.price, "discount": course.price, "taxable": 0, "tax": 0, "tax_bp": 1800}
        buyer = {"name": names[enrollment["user_id"]]}
        made["orders"].append(
            {
                **who,
                **zero,
                "id": order_id,
                "instructor_id": instructors[enrollment["course_id"]],
                "coupon_id": _PASS,
                "status": "paid",
                "currency": "INR",
                "amount": 0,
                "share_bp": 7000,
                "place_of_supply": "33",
                "course_title": course.title,
                "buyer": buyer,
                "enrollment_id": enrollment["id"],
                "version": 2,
                "created_at": at,
                "expires_at": at,
                "paid_at": at,
            }
        )
        made["payments"].append(
            {
                **_NOTHING,
                **who,
                "id": order_id,
                "order_id": order_id,
                "status": "captured",
                "applied": True,
                "created_at": at,
                "captured_at": at,
            }
        )
        made["payment_events"] += [_step(order_id, kind, at) for kind in ("created", "enrolled", "invoiced")]
        made["coupon_uses"].append(
            {
                "order_id": order_id,
                "coupon_id": _PASS,
                "user_id": enrollment["user_id"],
                "number": 1,
                "status": "redeemed",
                "discount": course.price,
                "created_at": at,
                "updated_at": at,
            }
        )
        made["invoices"].append(_invoice(order_id, course.title, zero, buyer, at, numbers))
    made["invoice_series"] = [{"series": "DCA", "financial_year": year, "last_number": number} for year, number in numbers.items()]
    return made


_NOTHING = {"amount": 0, "currency": "INR", "amount_captured": 0, "amount_refunded": 0, "fee": 0, "fee_tax": 0}


def _passes(enrollments: Rows, courses: dict[str, Any]) -> Rows:
    """One a learner, in the order of time: so are invoices numbered."""
    first: dict[Any, dict[str, Any]] = {}
    for enrollment in sorted(enrollments, key=lambda row: row["enrolled_at"]):
        if courses[enrollment["course_id"]].price:
            first.setdefault(enrollment["user_id"], enrollment)
    return list(first.values())[:PASSES]


def _step(order_id: str, kind: str, at: datetime) -> dict[str, Any]:
    return {
        "id": str(seed_id("step", order_id, kind)),
        "payment_id": order_id,
        "kind": kind,
        "reference": "",
        "source": "order",
        "amount": 0,
        "occurred_at": at,
    }


def _invoice(order_id: str, title: str, zero: dict[str, int], buyer: dict[str, str], at: datetime, numbers: Counter[str]) -> dict[str, Any]:
    day = at.astimezone(INDIA).date()
    year = gst.financial_year(day)
    numbers[year] += 1
    draft = draft_invoice(
        invoice_id=seed_id("invoice", order_id),
        payment_id=order_id,  # type: ignore[arg-type]  # goes into JSON as it is
        day=day,
        policy=Policy(),
        currency="INR",
        place_of_supply="33",
        course_title=title,
        buyer=buyer,
        **zero,
    )
    return {**draft, "number": numbers[year], "serial": f"{draft['series']}/{year}/{numbers[year]:06}", "issued_at": at}
