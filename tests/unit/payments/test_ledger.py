"""What each money event books, line by line. A debit is positive, a credit negative."""

from uuid import UUID

import pytest

from academy.payments.books import ledger
from academy.payments.books.ledger import Entry, Line, Sale
from academy.payments.values import Account, EntryKind

PAYMENT, REFUND, TEACHER = (UUID(int=number) for number in range(1, 4))
SALE = Sale(taxable=42_288, tax=7_612, share_bp=7_000, instructor_id=TEACHER)


def entry(kind: EntryKind, reference: UUID, *lines: Line) -> Entry:
    return Entry(kind=kind, reference=reference, payment_id=PAYMENT, currency="INR", lines=lines)


def test_a_sale_owes_the_tax_and_the_instructors_share_and_the_rest_is_earned() -> None:
    assert ledger.sold(PAYMENT, "INR", SALE) == entry(
        EntryKind.SALE,
        PAYMENT,
        Line(Account.LEARNER_RECEIVABLE, 49_900),
        Line(Account.TAX_PAYABLE, -7_612),
        Line(Account.INSTRUCTOR_PAYABLE, -29_601, TEACHER),  # 29,601.6 paise: the fraction stays with the academy
        Line(Account.REVENUE, -12_687),
        Line(Account.RAZORPAY_CLEARING, 49_900),
        Line(Account.LEARNER_RECEIVABLE, -49_900),
    )


def test_what_nothing_was_paid_for_books_nothing_and_no_line_is_of_nothing() -> None:
    assert ledger.sold(PAYMENT, "INR", Sale(taxable=0, tax=0, share_bp=7_000, instructor_id=TEACHER)) is None
    all_to_the_academy = ledger.sold(PAYMENT, "INR", Sale(taxable=100, tax=0, share_bp=0, instructor_id=TEACHER))
    assert all_to_the_academy is not None
    assert [line.account for line in all_to_the_academy.lines] == [
        Account.LEARNER_RECEIVABLE, Account.REVENUE, Account.RAZORPAY_CLEARING, Account.LEARNER_RECEIVABLE,
    ]  # fmt: skip


def test_parked_money_is_the_learners_in_our_hands() -> None:
    lines = Line(Account.RAZORPAY_CLEARING, 700), Line(Account.LEARNER_RECEIVABLE, -700)
    assert ledger.parked(PAYMENT, "INR", 700) == entry(EntryKind.PARKED, PAYMENT, *lines)


def test_a_fee_is_taken_from_what_the_vendor_holds() -> None:
    assert ledger.charged(PAYMENT, "INR", 1_178) == entry(
        EntryKind.FEE, PAYMENT, Line(Account.FEES, 1_178), Line(Account.RAZORPAY_CLEARING, -1_178)
    )


@pytest.mark.parametrize(("chargeback", "kind"), [(False, EntryKind.REFUND), (True, EntryKind.CHARGEBACK)])
class TestGivenBack:
    def test_tax_and_share_shrink_with_it(self, chargeback: bool, kind: EntryKind) -> None:
        booked = ledger.given_back(REFUND, PAYMENT, "INR", SALE, before=9_900, amount=10_000, chargeback=chargeback)

        # Of 9,900 the tax was 1,510 and the share 5,872; of 19,900 they are 3,035 and 11,804.
        assert booked == entry(
            kind,
            REFUND,
            Line(Account.TAX_PAYABLE, 1_525),
            Line(Account.INSTRUCTOR_PAYABLE, 5_932, TEACHER),
            Line(Account.CHARGEBACKS if chargeback else Account.REFUNDS, 2_543),
            Line(Account.RAZORPAY_CLEARING, -10_000),
        )

    def test_of_parked_money_nothing_shrinks(self, chargeback: bool, kind: EntryKind) -> None:
        booked = ledger.parked_given_back(REFUND, PAYMENT, "INR", 700, chargeback=chargeback)

        assert booked == entry(kind, REFUND, Line(Account.LEARNER_RECEIVABLE, 700), Line(Account.RAZORPAY_CLEARING, -700))
