"""What follows from news of refunds and disputes, tried on shuffled, doubled and stale news: pure functions need no database for it."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from academy.payments.books.ledger import Sale
from academy.payments.gateway import VendorDispute, VendorRefund
from academy.payments.reversal.decision import Changes, decide_dispute, decide_refund, decide_refusal
from academy.payments.reversal.state import PaymentFile, RefundState
from academy.payments.values import FORWARD, Account, PaymentStatus, RefundOrigin, RefundStatus, Source

PRICE = 49900
SALE = Sale(taxable=42288, tax=7612, share_bp=7000, instructor_id=uuid4())
NOW = datetime(2026, 11, 21, tzinfo=UTC)
News = VendorRefund | VendorDispute


def paid(**values: object) -> PaymentFile:
    file = PaymentFile(
        id=uuid4(),
        order_id=uuid4(),
        version=1,
        row_version="1",
        user_id=uuid4(),
        course_id=uuid4(),
        course_title="Bridges",
        status=PaymentStatus.CAPTURED,
        currency="INR",
        amount_captured=PRICE,
        amount_refunded=0,
        razorpay_payment_id="pay_1",
        enrollment_id=uuid4(),
        present=True,
        sale=SALE,
        invoice=None,
        refunds=(),
        disputes=(),
        today=date(2026, 11, 21),
    )
    return replace(file, **values)  # type: ignore[arg-type]


def refund(name: str, amount: int, status: str, receipt: str | None = None) -> VendorRefund:
    return VendorRefund(
        id=name,
        payment_id="pay_1",
        amount=amount,
        currency="INR",
        status=status,  # type: ignore[arg-type]
        receipt=receipt,
        created_at=NOW,
    )


def dispute(name: str, amount: int, status: str) -> VendorDispute:
    return VendorDispute(
        id=name,
        payment_id="pay_1",
        amount=amount,
        currency="INR",
        status=status,  # type: ignore[arg-type]
        reason_code=None,
        phase=None,
        respond_by=None,
        created_at=NOW,
    )


class Life:
    """A payment as it is after what was decided was written, and the sums of its entries."""

    def __init__(self, file: PaymentFile, *, paused: bool = False) -> None:
        self.file, self.access, self.sums = file, "paused" if paused else "kept", Counter[Account]()

    def hear(self, news: News) -> None:
        if isinstance(news, VendorRefund):
            changes = decide_refund(self.file, news, Source.WEBHOOK)
        else:
            changes = decide_dispute(self.file, news, Source.WEBHOOK, access=self.access)  # type: ignore[arg-type]
        if changes is not None:
            self.write(changes)

    def write(self, changes: Changes) -> None:
        before, after = self.file, changes.file
        assert after.status is before.status or after.status in FORWARD[before.status]
        assert 0 <= after.amount_refunded <= after.amount_captured
        for entry in changes.entries:
            assert sum(line.amount for line in entry.lines) == 0
            self.sums.update({line.account: 0 for line in entry.lines})
            for line in entry.lines:
                self.sums[line.account] += line.amount
        disputes = {each.id: each for each in after.disputes}
        if changes.dispute is not None:
            paused = any(step.kind == "access_paused" for step in changes.steps)
            disputes[changes.dispute.id] = replace(changes.dispute, paused=changes.dispute.paused or paused)
        present = (before.present and not changes.leaving) or changes.returning
        self.file = replace(after, disputes=tuple(disputes.values()), present=present)

    def end(self) -> tuple[object, ...]:
        return (
            self.file.status,
            self.file.amount_refunded,
            self.file.present,
            sorted((each.status, each.amount) for each in self.file.refunds),
            sorted((each.status, each.amount) for each in self.file.disputes),
            dict(+self.sums) | dict(-self.sums),
        )


def stories() -> list[Sequence[News]]:
    """Each as the vendor would tell it, in order."""
    whole = [refund("rfnd_1", PRICE, "pending"), refund("rfnd_1", PRICE, "processed")]
    parts = [refund(f"rfnd_{n}", amount, status) for n, amount in enumerate((1, 333, 20001)) for status in ("pending", "processed")]
    failed = [refund("rfnd_8", 700, "pending"), refund("rfnd_8", 700, "failed")]
    lost = [dispute("disp_1", PRICE, status) for status in ("open", "under_review", "lost")]
    part_lost = [dispute("disp_2", 9000, status) for status in ("open", "lost")]
    return [whole, parts, failed, lost, part_lost, [*parts, *failed], [*parts, *part_lost], [*parts, *lost], [*whole, *lost]]


@pytest.mark.parametrize("story", stories(), ids=lambda story: "+".join(dict.fromkeys(news.id for news in story)))
@pytest.mark.parametrize("paused", [False, True], ids=["kept", "paused"])
def test_any_order_and_number_of_news_ends_as_the_story_told_in_order(story: Sequence[News], paused: bool) -> None:
    told = Life(paid(), paused=paused)
    for news in story:
        told.hear(news)
    dice = random.Random(3)

    for _ in range(150):
        life = Life(paid(), paused=paused)
        shuffled = [*story, *dice.choices(story, k=4)]
        dice.shuffle(shuffled)
        for news in shuffled:
            life.hear(news)
        if isinstance(story[0], VendorRefund) and not any(isinstance(news, VendorDispute) for news in story):
            assert life.end() == told.end()
        else:
            # Where a dispute takes more than was left, which of the two was a loss depends on what came first; the money does not.
            assert life.end()[:5] == told.end()[:5]
            assert life.sums[Account.RAZORPAY_CLEARING] == told.sums[Account.RAZORPAY_CLEARING]
            assert life.sums[Account.TAX_PAYABLE] == told.sums[Account.TAX_PAYABLE]
            assert life.sums[Account.INSTRUCTOR_PAYABLE] == told.sums[Account.INSTRUCTOR_PAYABLE]


def test_pieces_that_add_up_to_all_take_all_of_tax_and_share_back() -> None:
    dice = random.Random(5)
    for _ in range(200):
        life, left, n = Life(paid()), PRICE, 0
        while left:
            amount = min(left, dice.randint(1, 9000))
            life.hear(refund(f"rfnd_{n}", amount, "processed"))
            left, n = left - amount, n + 1
        assert life.sums == {
            Account.TAX_PAYABLE: SALE.tax,
            Account.INSTRUCTOR_PAYABLE: SALE.share,
            Account.REFUNDS: SALE.taxable - SALE.share,
            Account.RAZORPAY_CLEARING: -PRICE,
        }
        assert (life.file.status, life.file.present) == (PaymentStatus.REFUNDED, False)


class TestOurs:
    """A refund that we asked for, and what the vendor says of it."""

    @pytest.fixture
    def asked(self) -> tuple[Life, RefundState]:
        ours = RefundState(id=uuid4(), amount=500, status=RefundStatus.REQUESTED, origin=RefundOrigin.ADMIN, reason="Asked for.")
        return Life(paid(refunds=(ours,), amount_refunded=500)), ours

    def test_it_is_known_by_its_receipt_and_then_by_the_vendors_id(self, asked: tuple[Life, RefundState]) -> None:
        life, ours = asked
        life.hear(refund("rfnd_1", 500, "pending", str(ours.id)))
        life.hear(refund("rfnd_1", 500, "processed", None))

        (only,) = life.file.refunds
        assert (only.id, only.status, only.razorpay_refund_id) == (ours.id, RefundStatus.PROCESSED, "rfnd_1")

    def test_a_second_one_with_its_receipt_is_another(self, asked: tuple[Life, RefundState]) -> None:
        life, ours = asked
        for name in ("rfnd_1", "rfnd_2"):
            life.hear(refund(name, 500, "processed", str(ours.id)))

        assert [each.origin for each in life.file.refunds] == [RefundOrigin.ADMIN, RefundOrigin.VENDOR]
        assert life.file.amount_refunded == 1000

    def test_another_amount_is_not_ours(self, asked: tuple[Life, RefundState]) -> None:
        life, ours = asked
        life.hear(refund("rfnd_1", 499, "processed", str(ours.id)))

        assert {each.status for each in life.file.refunds} == {RefundStatus.REQUESTED, RefundStatus.PROCESSED}

    def test_what_we_gave_up_and_the_vendor_did_is_booked(self, asked: tuple[Life, RefundState]) -> None:
        life, ours = asked
        refusal = decide_refusal(life.file, ours.id, "No.", Source.SYSTEM)
        assert refusal is not None
        life.write(refusal)
        assert (life.file.amount_refunded, life.file.refunds[0].last_error) == (0, "No.")
        assert decide_refusal(life.file, ours.id, "No.", Source.SYSTEM) is None

        life.hear(refund("rfnd_1", 500, "processed", str(ours.id)))

        assert (life.file.amount_refunded, life.file.refunds[0].status) == (500, RefundStatus.PROCESSED)
        assert life.sums[Account.RAZORPAY_CLEARING] == -500

    def test_a_refusal_of_what_is_under_way_is_not_believed(self, asked: tuple[Life, RefundState]) -> None:
        life, ours = asked
        life.hear(refund("rfnd_1", 500, "pending", str(ours.id)))

        assert decide_refusal(life.file, ours.id, "No.", Source.SYSTEM) is None
        assert decide_refusal(life.file, uuid4(), "No.", Source.SYSTEM) is None


def test_what_was_never_captured_was_never_ours() -> None:
    file = paid(status=PaymentStatus.AUTHORIZED, amount_captured=0)

    assert decide_refund(file, refund("rfnd_1", PRICE, "processed"), Source.WEBHOOK) is None
    assert decide_dispute(file, dispute("disp_1", PRICE, "open"), Source.WEBHOOK, access="paused") is None
