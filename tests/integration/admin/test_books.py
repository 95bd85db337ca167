"""The books' audit: silent about a shop in order, and each figure that is broken by hand is seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from academy.admin import auditor
from academy.admin.auditor import books, walk
from academy.payments.payouts import PAYOUTS
from academy.payments.policy import policy
from academy.platform.db import Database
from academy.platform.events import Envelope
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.conftest import Databases
from tests.factories import Factory
from tests.integration.payments.shop import Shop
from tests.payments import FakeGateway


class Traded(Shop):
    """Two sales, of which one was given back in part; a payment that did not fit; a coupon of all; an order that is open with a coupon."""

    def trade(self) -> None:
        self.whole, _ = self.sold()
        self.part, _ = self.sold()
        self.give_back(self.part, 10_001)
        self.strange = self.order(amount=100, taxable=85, tax=15, price=100)
        self.make.execute("update orders set amount = 99, taxable = 84 where id = :id", id=self.strange["id"])
        self.pay(self.strange)
        self.deliver()
        self.work()
        course = self.make.course(self.teacher, price=49900)
        coupon = self.make.coupon(self.teacher, percent=100, max_uses=5)
        half = self.make.coupon(self.teacher, percent=50)
        for code in (coupon["code"], half["code"]):
            assert (
                self.client.post("/payments/order", {"courseId": str(course["id"]), "couponCode": code}, user=self.make.user()).status
                == 201
            )
        # Only what money does is looked at here.
        self.make.execute("update outbox set occurred_at = now(), published_at = now()")

    def give_back(self, order: dict[str, Any], amount: int) -> None:
        asked = self.client.post(f"/payments/{order['id']}/refund", {"amount": amount, "reason": "Asked for it."}, user=self.admin)
        assert asked.status == 202
        for _ in range(2):
            self.work()
            self.deliver()


@pytest.fixture
def shop(db: Database, make: Factory, bank: Bank, gateway: FakeGateway, client: Client, published: list[Envelope]) -> Traded:
    shop = Traded(db, make, bank, gateway, client, published)
    shop.trade()
    return shop


MONEY = ("orders", "payments", "refunds", "coupons", "coupon_uses", "enrollments", "ledger_entries", "ledger_lines", "invoices")


@pytest.fixture
def owner(databases: Databases, database_name: str) -> Iterator[Database]:
    """The schema's owner, who can do what nobody else can."""
    owner = Database(databases.owner_url(database_name))
    yield owner
    owner.discard()


@contextmanager
def broken(owner: Database, *statements: str) -> Iterator[Database]:
    """Without triggers, so also without what only grows and what is balanced; taken back in the end. To be audited by the owner."""
    run = owner.connection().command
    run("begin")
    for statement in (*(f"alter table {table} disable trigger user" for table in MONEY), *statements):
        run(statement)
    yield owner
    run("rollback")


def findings(db: Database) -> dict[str, int]:
    return {name: n for name, n in books.check(db).items() if n and name != "checked"}


def test_a_shop_in_order_has_no_drift(shop: Traded, db: Database) -> None:
    assert findings(db) == {}
    assert books.check(db)["checked"] >= 5 + 5 + 1 + 5 + 3 + 2
    assert {row["status"] for row in shop.make.rows("select status from payments")} == {
        "captured",
        "partially_refunded",
        "needs_review",
        "created",
    }


def test_it_is_part_of_the_nights_audit(shop: Traded, db: Database) -> None:
    figures = auditor.audit(db)
    assert figures["ledger_unbalanced"] == 0
    shop.make.execute("update coupons set uses = uses + 1 where max_uses = 5")
    assert auditor.audit(db)["coupons_uses"] == 1


SALE = "(select id from ledger_entries where kind = 'sale' and payment_id = :whole)"
DAMAGE = {
    "ledger_unbalanced": [
        f"insert into ledger_lines (entry_id, position, account, currency, amount) values ({SALE}, 90, 'revenue', 'INR', 1)"
    ],
    "ledger_sales": ["update ledger_entries set kind = 'parked' where kind = 'sale' and payment_id = :whole"],
    "ledger_clearing": [
        f"update ledger_lines set amount = amount + 1 where account = 'razorpay_clearing' and entry_id = {SALE}",
        f"update ledger_lines set amount = amount - 1 where account = 'learner_receivable' and amount > 0 and entry_id = {SALE}",
    ],
    "ledger_tax": [
        f"update ledger_lines set amount = amount - 1 where account = 'tax_payable' and entry_id = {SALE}",
        f"update ledger_lines set amount = amount + 1 where account = 'revenue' and entry_id = {SALE}",
    ],
    "ledger_shares": [
        f"update ledger_lines set amount = amount - 1 where account = 'instructor_payable' and entry_id = {SALE}",
        f"update ledger_lines set amount = amount + 1 where account = 'revenue' and entry_id = {SALE}",
    ],
    "ledger_refunds": ["update ledger_entries set kind = 'chargeback' where kind = 'refund'"],
    "refunds_counted": ["update payments set amount_refunded = 1 where id = :whole"],
    "invoices_wrong": ["update invoices set total = total + 1, taxable = taxable + 1 where kind = 'credit_note'"],
    "orders_unpaid": [
        "update orders set status = 'paid', paid_at = now() where id = (select order_id from payments where status = 'needs_review')"
    ],
    "coupons_held": ["update coupon_uses set status = 'redeemed' where status = 'reserved'"],
    "coupons_uses": ["update coupons set uses = uses - 1 where max_uses = 5"],
    "enrollments_unpaid": ["update enrollments set source = 'coupon' where id = (select enrollment_id from orders where id = :whole)"],
    "invoice_gaps": ["update invoices set number = 77, serial = 'x' where kind = 'invoice' and payment_id = :whole"],
}


MORE = {
    "a captured payment without its sale": (
        [f"delete from ledger_lines where entry_id = {SALE}", "delete from ledger_entries where kind = 'sale' and payment_id = :whole"],
        {"ledger_sales", "ledger_clearing", "ledger_tax", "ledger_shares"},
    ),
    "a refund without its entry": (
        [
            "delete from ledger_lines where entry_id = (select id from ledger_entries where kind = 'refund')",
            "delete from ledger_entries where kind = 'refund'",
        ],
        {"ledger_refunds", "ledger_clearing", "ledger_tax", "ledger_shares"},
    ),
    "an invoice that is gone": (
        ["delete from invoices where kind = 'invoice' and payment_id = :whole"],
        {"invoices_wrong", "ledger_tax", "invoice_gaps"},
    ),
    "a share that is another's": (
        [
            f"update ledger_lines set owner_id = (select id from users where role = 'admin') where owner_id is not null and entry_id = {SALE}"
        ],
        {"ledger_shares"},
    ),
    "two currencies in an entry": (
        [f"update ledger_lines set currency = 'USD' where position = 0 and entry_id = {SALE}"],
        {"ledger_unbalanced"},
    ),
    "a whole refund that left the learner in": (["update payments set status = 'refunded' where id = :whole"], {"enrollments_unpaid"}),
    "a payment that bought nothing": (
        ["update payments set applied = false where id = :whole"],
        {"orders_unpaid", "enrollments_unpaid", "ledger_sales", "ledger_shares", "invoices_wrong"},
    ),
}


def test_each_damage_has_its_figure(shop: Traded, owner: Database) -> None:
    whole = f"'{shop.whole['id']}'"
    found = {}
    for figure, statements in DAMAGE.items():
        with broken(owner, *(statement.replace(":whole", whole) for statement in statements)):
            found[figure] = findings(owner)
    assert found == {figure: {figure: 1} for figure in DAMAGE}
    seen = {}
    for damage, (statements, _) in MORE.items():
        with broken(owner, *(statement.replace(":whole", whole) for statement in statements)):
            seen[damage] = set(findings(owner))
    assert seen == {damage: figures for damage, (_, figures) in MORE.items()}
    assert findings(owner) == {}


def test_an_old_payment_that_is_moved_now_is_looked_at(shop: Traded, owner: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own id is older than the weeks that are walked; the entry that moves it is not."""
    whole = f"'{shop.whole['id']}'"
    first, last = (
        UUID(shop.make.value(f"select {pick}(id::text) from ledger_entries where payment_id = {whole}")) for pick in ("min", "max")
    )
    assert shop.whole["id"] < first
    with broken(owner, *(statement.replace(":whole", whole) for statement in DAMAGE["ledger_tax"])):
        monkeypatch.setattr(walk, "since", lambda _days: UUID(int=first.int - 1))
        assert findings(owner)["ledger_tax"] == 1
        monkeypatch.setattr(walk, "since", lambda _days: last)
        assert "ledger_tax" not in findings(owner)


def test_every_piece_is_looked_at(shop: Traded, owner: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROWS_AT_ONCE", "NUMBERS_AT_ONCE"):
        monkeypatch.setattr(books, name, 1)
    assert findings(owner) == {}
    both = [
        statement.replace(":whole", f"'{shop.whole['id']}'") for figure in ("invoice_gaps", "ledger_tax") for statement in DAMAGE[figure]
    ]
    with broken(owner, *both):
        assert findings(owner) == {"invoice_gaps": 1, "ledger_tax": 1}


def test_what_payouts_show_is_what_is_owed(shop: Traded, db: Database) -> None:
    """The instructor's part of what was sold and not given back, to the paisa; and all that payouts show of all months is it."""
    share = 42_288 * policy().instructor_share_bp // 10_000
    owed = share + share - share * 10_001 // 49_900
    months = db.read(lambda work: work.rows(PAYOUTS, instructor_id=shop.teacher["id"], first=None, last=None))
    assert sum(row.share for row in months) == owed
    assert -shop.make.value("select sum(amount) from ledger_lines where account = 'instructor_payable'") == owed


def test_it_writes_nothing(shop: Traded, db: Database) -> None:
    db.connection().command("set default_transaction_read_only = on")
    assert findings(db) == {}
