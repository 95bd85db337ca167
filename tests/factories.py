"""Rows for tests: say what matters, the rest is sensible. Each call commits, as the world before a test did."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from academy.catalog.models import Course, Lesson, Module, Question, Quiz, Section
from academy.certificates.models import Certificate
from academy.identity.models import User
from academy.learning.models import Enrollment
from academy.migrations import runner
from academy.payments.books.invoices import draft_invoice
from academy.payments.books.ledger import Entry, Sale, sold
from academy.payments.books.models import Invoice, LedgerEntry, LedgerLine
from academy.payments.models import Coupon, Order, Payment, PaymentEvent
from academy.payments.policy import Policy
from academy.platform.ids import uuid7


class Factory:
    """Makes rows as the schema's owner, past the application's rules."""

    def __init__(self, owner_url: str) -> None:
        self.engine: Engine = runner.engine(owner_url)
        self._count = 0

    def close(self) -> None:
        self.engine.dispose()

    def row(self, model: Any, /, **values: Any) -> dict[str, Any]:
        with self.engine.begin() as connection:
            connection.execute(insert(model).values(**values))
        return values

    def number(self) -> int:
        self._count += 1
        return self._count

    def user(self, role: str = "student", **values: Any) -> dict[str, Any]:
        """An onboarded, active person; `onboarded_at=None` for one who has just signed up."""
        n = self.number()
        defaults = {
            "id": uuid7(),
            "sub": str(uuid7()),
            "email": f"person{n}@academy.test",
            "email_verified": True,
            "username": f"person{n}",
            "first_name": "Asha",
            "last_name": f"Rao {n}",
            "full_name": f"Asha Rao {n}",
            "role": role,
            "domain": "engineering",
            "branch": "Computer Science",
            "year": 2,
            "onboarded_at": datetime.now(UTC),
            "instructor_approved_at": datetime.now(UTC) if role != "student" else None,
        }
        return self.row(User, **{**defaults, **values})

    def course(self, instructor: dict[str, Any], **values: Any) -> dict[str, Any]:
        """A published, free course without content; give `status="draft"` for another."""
        n = self.number()
        defaults = {
            "id": uuid7(),
            "instructor_id": instructor["id"],
            "title": f"Course {n}",
            "description": "What every engineer should know, told from the beginning.",
            "domain": "engineering",
            "category": "programming",
            "difficulty": "beginner",
            "status": "published",
        }
        values = {**defaults, **values}
        if values["status"] == "published":
            values.setdefault("published_at", datetime.now(UTC))
        return self.row(Course, **values)

    def module(self, course: dict[str, Any], position: int = 1, **values: Any) -> dict[str, Any]:
        return self.row(Module, **{"id": uuid7(), "course_id": course["id"], "title": f"Module {position}", "position": position, **values})

    def lesson(self, module: dict[str, Any], position: int = 1, **values: Any) -> dict[str, Any]:
        defaults = {
            "id": uuid7(),
            "course_id": module["course_id"],
            "module_id": module["id"],
            "title": f"Lesson {position}",
            "position": position,
        }
        return self.row(Lesson, **{**defaults, "estimated_minutes": 20, **values})

    def section(self, lesson: dict[str, Any], position: int = 1, **values: Any) -> dict[str, Any]:
        defaults = {
            "id": uuid7(),
            "course_id": lesson["course_id"],
            "lesson_id": lesson["id"],
            "title": f"Section {position}",
            "type": "text",
            "content": "A variable is a name for a value. " * 10,
            "position": position,
            "estimated_minutes": 5,
        }
        return self.row(Section, **{**defaults, **values})

    def quiz(self, module: dict[str, Any], **values: Any) -> dict[str, Any]:
        quiz = self.row(
            Quiz, **{"id": uuid7(), "course_id": module["course_id"], "module_id": module["id"], "title": "Check yourself", **values}
        )
        self.row(
            Question,
            id=uuid7(),
            quiz_id=quiz["id"],
            type="multiple_choice",
            question="What is a variable?",
            options=["A name for a value", "A kind of loop"],
            correct_answer="A name for a value",
            explanation="It names a value.",
            position=1,
        )
        return quiz

    def outline(self, course: dict[str, Any], *, modules: int = 2, lessons: int = 2, sections: int = 2) -> list[dict[str, Any]]:
        """Fill a course and set its counters. Returns its sections in order."""
        from sqlalchemy import update

        made = []
        for m in range(1, modules + 1):
            module = self.module(course, m)
            for n in range(1, lessons + 1):
                lesson = self.lesson(module, n)
                made += [self.section(lesson, s) for s in range(1, sections + 1)]
        with self.engine.begin() as connection:
            counts = {"module_count": modules, "lesson_count": modules * lessons, "section_count": modules * lessons * sections}
            connection.execute(update(Course).where(Course.id == course["id"]).values(**counts))
        return made

    def enrollment(self, user: dict[str, Any], course: dict[str, Any], **values: Any) -> dict[str, Any]:
        return self.row(Enrollment, **{"id": uuid7(), "user_id": user["id"], "course_id": course["id"], "source": "free", **values})

    def purchase(self, user: dict[str, Any], course: dict[str, Any], **values: Any) -> dict[str, Any]:
        """A course that was paid for, with all that follows from it: payment (of the order's id), enrolment, ledger, invoice. Returns the order."""
        order_id, now = uuid7(), datetime.now(UTC)
        enrollment = self.enrollment(user, course, source="payment")
        defaults = {
            "id": order_id,
            "user_id": user["id"],
            "course_id": course["id"],
            "instructor_id": course["instructor_id"],
            "status": "paid",
            "currency": "INR",
            "price": 49900,
            "discount": 0,
            "taxable": 42288,
            "tax": 7612,
            "amount": 49900,
            "tax_bp": 1800,
            "share_bp": 7000,
            "place_of_supply": "33",
            "course_title": course["title"],
            "buyer": {"name": user["full_name"]},
            "razorpay_order_id": f"order_{order_id.hex[-14:]}",
            "enrollment_id": enrollment["id"],
            "expires_at": now,
            "paid_at": now,
        }
        order = self.row(Order, **{**defaults, **values})
        self.row(
            Payment,
            id=order_id,
            order_id=order_id,
            user_id=user["id"],
            course_id=course["id"],
            status="captured",
            amount=order["amount"],
            currency="INR",
            amount_captured=order["amount"],
            applied=True,
            method="upi",
            razorpay_order_id=order["razorpay_order_id"],
            razorpay_payment_id=f"pay_{order_id.hex[-14:]}",
            captured_at=now,
        )
        for kind, source in (("created", "order"), ("captured", "verify")):
            self.row(PaymentEvent, id=uuid7(), payment_id=order_id, kind=kind, source=source, amount=order["amount"])
        self._book(order)
        return order

    def _book(self, order: dict[str, Any]) -> None:
        sale = Sale(taxable=order["taxable"], tax=order["tax"], share_bp=order["share_bp"], instructor_id=order["instructor_id"])
        if (entry := sold(order["id"], order["currency"], sale)) is not None:
            self.entry(entry)
        draft = draft_invoice(
            invoice_id=uuid7(),
            payment_id=order["id"],
            day=order["paid_at"].date(),
            policy=Policy(),
            **{
                name: order[name]
                for name in ("currency", "price", "discount", "taxable", "tax", "tax_bp", "place_of_supply", "course_title", "buyer")
            },
        )
        number = self.number()
        self.row(Invoice, **{**draft, "number": number, "serial": f"{draft['series']}/{draft['financial_year']}/{number:06}"})

    def entry(self, entry: Entry, **values: Any) -> None:
        """An entry of the ledger with its lines, in one transaction: it has to balance at the commit. `booked_at` for another time."""
        entry_id = uuid7()
        columns = {"kind": entry.kind, "reference": entry.reference, "payment_id": entry.payment_id, "currency": entry.currency}
        with self.engine.begin() as connection:
            connection.execute(insert(LedgerEntry).values(id=entry_id, **columns, **values))
            for position, line in enumerate(entry.lines):
                parts = {"account": line.account, "owner_id": line.owner_id, "amount": line.amount, "currency": entry.currency}
                connection.execute(insert(LedgerLine).values(entry_id=entry_id, position=position, **parts, **values))

    def coupon(self, owner: dict[str, Any], **values: Any) -> dict[str, Any]:
        """20 % on all of the owner's courses."""
        kind = {} if "amount" in values else {"percent": 20}
        return self.row(Coupon, **{"id": uuid7(), "code": f"CODE-{self.number()}", "owner_id": owner["id"], **kind, **values})

    def certificate(self, user: dict[str, Any], course: dict[str, Any], **values: Any) -> dict[str, Any]:
        """An issued one."""
        issued_at = values.pop("issued_at", None) or datetime.now(UTC)
        defaults = {
            "id": uuid7(),
            "user_id": user["id"],
            "course_id": course["id"],
            "serial": "0000-0000-0000-0000",
            "status": "issued",
            "learner_name": "Asha Rao",
            "course_title": "Course",
            "instructor_name": "A Teacher",
            "issue_date": issued_at.date(),
            "pdf_key": "certificates/x.pdf",
            "issued_at": issued_at,
        }
        return self.row(Certificate, **{**defaults, **values})

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Look at the database, as a test's Then."""
        from sqlalchemy import text

        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(statement), parameters)]

    def value(self, statement: str, **parameters: Any) -> Any:
        rows = self.rows(statement, **parameters)
        return next(iter(rows[0].values())) if rows else None

    def execute(self, statement: str, **parameters: Any) -> None:
        from sqlalchemy import text

        with self.engine.begin() as connection:
            connection.execute(text(statement), parameters)
