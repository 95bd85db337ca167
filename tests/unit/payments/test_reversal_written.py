"""All of what is to be written after news of a refund or a dispute: rows, lines of the ledger, the credit note, the timeline, events."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from academy.payments.books import ledger
from academy.payments.books.invoices import draft_credit_note
from academy.payments.books.ledger import Entry, Line
from academy.payments.events import DisputeClosed, DisputeOpened, RefundFailed, RefundProcessed
from academy.payments.gateway import VendorDispute, VendorRefund
from academy.payments.reversal.decision import LOST, VENDOR_REASON, Changes, decide_dispute, decide_refund, decide_refusal
from academy.payments.reversal.state import DisputeState, PaymentFile, RefundState
from academy.payments.settlement.decision import Step
from academy.payments.values import Account, DisputeStatus, EntryKind, PaymentStatus, RefundOrigin, RefundStatus, Source
from tests.unit.payments.papers import invoice
from tests.unit.payments.test_reversal import PRICE, SALE, dispute, paid, refund

WORD = Source.WEBHOOK
OURS = RefundState(id=UUID(int=7), amount=500, status=RefundStatus.REQUESTED, origin=RefundOrigin.ADMIN, reason="Asked for.")
PENDING = replace(OURS, status=RefundStatus.PENDING, razorpay_refund_id="rfnd_1")
DONE = replace(OURS, status=RefundStatus.PROCESSED, razorpay_refund_id="rfnd_1")
OPEN = DisputeState(id=UUID(int=8), razorpay_dispute_id="disp_1", status=DisputeStatus.OPEN, amount=900)


def heard(file: PaymentFile, news: VendorRefund) -> Changes:
    changes = decide_refund(file, news, WORD)
    assert changes is not None
    return changes


def disputed(file: PaymentFile, news: VendorDispute, access: str = "kept") -> Changes:
    changes = decide_dispute(file, news, WORD, access=access)  # type: ignore[arg-type]
    assert changes is not None
    return changes


def step(kind: str, about: RefundState | DisputeState, **more: Any) -> Step:
    return Step(kind=kind, source=WORD, reference=str(about.id), **more)


def processed(file: PaymentFile, about: RefundState, *, whole: bool) -> RefundProcessed:
    return RefundProcessed(
        refund_id=about.id,
        payment_id=file.id,
        user_id=file.user_id,
        course_id=file.course_id,
        course_title="Bridges",
        amount=about.amount,
        currency="INR",
        origin=about.origin,
        whole=whole,
    )


class TestARefund:
    def test_of_the_vendors_own_is_booked_as_one_that_nobody_here_asked_for(self) -> None:
        file = paid(invoice=invoice())

        changes = heard(file, refund("rfnd_9", 100, "processed"))

        (row,) = changes.refunds
        assert row == RefundState(
            id=row.id,
            amount=100,
            status=RefundStatus.PROCESSED,
            origin=RefundOrigin.VENDOR,
            reason=VENDOR_REASON,
            razorpay_refund_id="rfnd_9",
        )
        assert changes.credit_note is not None
        assert changes == Changes(
            file=replace(file, status=PaymentStatus.PARTIALLY_REFUNDED, amount_refunded=100, refunds=(row,)),
            refunds=[row],
            credit_note=draft_credit_note(
                credit_note_id=changes.credit_note["id"], refund_id=row.id, original=invoice(), amount=100, before=0, day=file.today
            ),
            steps=[step("refund_requested", row, amount=100, note=VENDOR_REASON), step("refunded", row, amount=100, note=VENDOR_REASON)],
            entries=[_given(file, row, before=0, amount=100)],
            events=[processed(file, row, whole=False)],
        )
        assert changes.credit_note["id"] not in {None, row.id, file.id}

    def test_of_what_was_left_ends_the_enrolment(self) -> None:
        first = replace(DONE, id=UUID(int=6), amount=PRICE - 500, razorpay_refund_id="rfnd_0")
        ours = replace(OURS, last_error="Busy.")
        file = paid(refunds=(first, ours), amount_refunded=PRICE, status=PaymentStatus.PARTIALLY_REFUNDED)

        changes = heard(file, refund("rfnd_1", 500, "processed", str(OURS.id)))

        assert changes == Changes(
            file=replace(file, status=PaymentStatus.REFUNDED, refunds=(first, DONE)),
            refunds=[DONE],
            leaving=True,
            steps=[step("refunded", OURS, amount=500, note="Asked for.")],
            entries=[_given(file, OURS, before=PRICE - 500, amount=500)],
            events=[processed(file, OURS, whole=True)],
        )
        assert not heard(replace(file, present=False), refund("rfnd_1", 500, "processed", str(OURS.id))).leaving

    def test_that_is_pending_moves_no_money(self) -> None:
        file = paid(refunds=(OURS,), amount_refunded=500)

        changes = heard(file, refund("rfnd_1", 500, "pending", str(OURS.id)))

        assert changes == Changes(file=replace(file, refunds=(PENDING,)), refunds=[PENDING])

    def test_that_fails_gives_its_amount_free(self) -> None:
        file = paid(refunds=(PENDING,), amount_refunded=500)

        changes = heard(file, refund("rfnd_1", 500, "failed"))

        why = "The vendor could not carry it out."
        failed = replace(PENDING, status=RefundStatus.FAILED, last_error=why)
        assert changes == Changes(
            file=replace(file, refunds=(failed,), amount_refunded=0),
            refunds=[failed],
            steps=[step("refund_failed", OURS, amount=500, note=why)],
            events=[RefundFailed(refund_id=OURS.id, payment_id=file.id, reason=why)],
        )

    def test_that_is_refused_gives_its_amount_free(self) -> None:
        other = replace(PENDING, id=UUID(int=6), razorpay_refund_id="rfnd_0", amount=300)
        file = paid(refunds=(other, OURS), amount_refunded=800)

        changes = decide_refusal(file, OURS.id, "No.", WORD)

        failed = replace(OURS, status=RefundStatus.FAILED, last_error="No.")
        assert changes == Changes(
            file=replace(file, refunds=(other, failed), amount_refunded=300),
            refunds=[failed],
            steps=[step("refund_failed", OURS, amount=500, note="No.")],
            events=[RefundFailed(refund_id=OURS.id, payment_id=file.id, reason="No.")],
        )

    @pytest.mark.parametrize(
        ("known", "moves"),
        [
            (OURS, {"pending", "processed", "failed"}),
            (PENDING, {"processed", "failed"}),
            (DONE, set()),
            # Given up by us before the vendor knew of it; by the vendor, whose older word does not count any more.
            (replace(OURS, status=RefundStatus.FAILED), {"pending", "processed"}),
            (replace(PENDING, status=RefundStatus.FAILED), {"processed"}),
        ],
    )
    def test_goes_forward_only_unless_the_vendor_has_it_all_the_same(self, known: RefundState, moves: set[str]) -> None:
        words = {word: refund("rfnd_1", 500, word, str(OURS.id)) for word in ("pending", "processed", "failed")}

        assert {word for word, news in words.items() if decide_refund(paid(refunds=(known,)), news, WORD)} == moves

    def test_is_found_among_others(self) -> None:
        others = tuple(replace(OURS, id=UUID(int=n), razorpay_refund_id=name) for n, name in ((3, None), (4, "rfnd_4"), (5, "rfnd_5")))

        (by_name,) = heard(paid(refunds=others), refund("rfnd_5", 500, "pending", str(others[0].id))).refunds
        (by_receipt,) = heard(paid(refunds=others[::-1]), refund("rfnd_1", 500, "pending", str(others[0].id))).refunds

        assert (by_name.id, by_receipt.id) == (others[2].id, others[0].id)

    def test_beyond_what_was_taken_holds_no_more_than_that(self) -> None:
        assert heard(paid(), refund("rfnd_1", PRICE + 1, "pending")).file.amount_refunded == PRICE


class TestParkedMoney:
    def test_goes_back_and_what_is_left_still_waits_for_somebody_to_look(self) -> None:
        file = paid(sale=None, status=PaymentStatus.NEEDS_REVIEW, present=False)

        part, whole = (heard(file, refund("rfnd_1", amount, "processed")) for amount in (100, PRICE))

        assert (part.file.status, whole.file.status) == (PaymentStatus.NEEDS_REVIEW, PaymentStatus.REFUNDED)
        assert part.entries == [ledger.parked_given_back(part.refunds[0].id, file.id, "INR", 100, chargeback=False)]

    def test_is_a_chargeback_where_a_bank_took_it(self) -> None:
        file = paid(sale=None, status=PaymentStatus.NEEDS_REVIEW, present=False)

        changes = disputed(file, dispute("disp_1", 100, "lost"))

        assert changes.entries == [ledger.parked_given_back(changes.refunds[0].id, file.id, "INR", 100, chargeback=True)]


class TestMoreThanWasLeft:
    """What goes back beyond it is the academy's loss: neither tax nor share shrinks, and no credit note is for it."""

    @pytest.mark.parametrize("chargeback", [False, True])
    def test_is_a_loss_beside_what_was_left(self, chargeback: bool) -> None:
        file = paid(refunds=(replace(DONE, amount=PRICE - 900),), amount_refunded=PRICE - 900, invoice=invoice())

        changes = disputed(file, dispute("d", 1000, "lost")) if chargeback else heard(file, refund("rfnd_2", 1000, "processed"))

        (row,) = changes.refunds
        within = _given(file, row, before=PRICE - 900, amount=900, chargeback=chargeback)
        assert changes.entries == [replace(within, lines=within.lines + _loss(100, chargeback=chargeback))]
        assert changes.credit_note is not None
        assert changes.credit_note["total"] == 900
        assert (changes.file.status, changes.file.amount_refunded) == (PaymentStatus.REFUNDED, PRICE)

    @pytest.mark.parametrize("chargeback", [False, True])
    def test_is_nothing_but_a_loss_where_nothing_was_left(self, chargeback: bool) -> None:
        whole = replace(DONE, amount=PRICE)
        file = paid(refunds=(whole,), amount_refunded=PRICE, invoice=invoice(), status=PaymentStatus.REFUNDED, present=False)

        changes = disputed(file, dispute("d", 100, "lost")) if chargeback else heard(file, refund("rfnd_2", 100, "processed"))

        kind = EntryKind.CHARGEBACK if chargeback else EntryKind.REFUND
        loss = _loss(100, chargeback=chargeback)
        assert changes.entries == [Entry(kind=kind, reference=changes.refunds[0].id, payment_id=file.id, currency="INR", lines=loss)]
        assert changes.credit_note is None


class TestADispute:
    def test_is_noted_and_access_is_kept(self) -> None:
        file = paid()
        news = replace(
            dispute("disp_1", 900, "open"), reason_code="fraud", phase="chargeback", respond_by=datetime(2026, 12, 1, tzinfo=UTC)
        )

        changes = disputed(file, news)

        row = changes.dispute
        assert row is not None
        assert row == replace(OPEN, id=row.id, reason_code="fraud", phase="chargeback", respond_by="2026-12-01T00:00:00+00:00")
        assert changes == Changes(
            file=file,
            dispute=row,
            steps=[step("disputed", row, amount=900, note="fraud")],
            events=[DisputeOpened(dispute_id=row.id, payment_id=file.id, amount=900, currency="INR")],
        )

    @pytest.mark.parametrize("status", ["open", "under_review"])
    def test_pauses_the_access_where_a_deployment_wants_it(self, status: str) -> None:
        changes = disputed(paid(), dispute("disp_1", 900, status), "paused")

        assert changes.dispute is not None
        assert (changes.leaving, changes.steps[1:]) == (True, [step("access_paused", changes.dispute)])

    @pytest.mark.parametrize("status", ["won", "closed"])
    def test_that_is_over_when_we_hear_of_it_pauses_nothing(self, status: str) -> None:
        changes = disputed(paid(), dispute("disp_1", 900, status), "paused")

        assert [each.kind for each in changes.steps] == ["disputed", f"dispute_{status}"]
        assert not changes.leaving

    def test_of_who_has_left_pauses_nothing(self) -> None:
        changes = disputed(paid(present=False), dispute("disp_1", 900, "open"), "paused")

        assert ([each.kind for each in changes.steps], changes.leaving) == (["disputed"], False)

    def test_goes_on_with_what_was_told_before(self) -> None:
        known = replace(OPEN, reason_code="fraud", phase="chargeback", respond_by="2026-12-01T00:00:00+00:00")
        file = paid(disputes=(replace(known, id=UUID(int=6), razorpay_dispute_id="disp_0"), known))

        changes = disputed(file, dispute("disp_1", 900, "under_review"), "paused")

        under_review = replace(known, status=DisputeStatus.UNDER_REVIEW)
        assert changes == Changes(file=file, dispute=under_review, steps=[step("dispute_under_review", known)])

    def test_takes_what_the_vendor_says_newly(self) -> None:
        news = replace(
            dispute("disp_1", 900, "won"), reason_code="other", phase="arbitration", respond_by=datetime(2026, 12, 1, tzinfo=UTC)
        )

        row = disputed(paid(disputes=(replace(OPEN, reason_code="fraud", phase="chargeback", respond_by="2026-11-22"),)), news).dispute

        assert row is not None
        assert (row.reason_code, row.phase, row.respond_by) == ("other", "arbitration", "2026-12-01T00:00:00+00:00")

    def test_goes_forward_only(self) -> None:
        order = ["open", "under_review", "won"]
        for known in (*order, "lost", "closed"):
            file = paid(disputes=(replace(OPEN, status=DisputeStatus(known)),))
            told = [word for word in (*order, "lost", "closed") if decide_dispute(file, dispute("disp_1", 900, word), WORD, access="kept")]
            assert told == {"open": [*order[1:], "lost", "closed"], "under_review": ["won", "lost", "closed"]}.get(known, [])

    def test_that_is_lost_is_a_refund_that_nobody_asked_for(self) -> None:
        file = paid(disputes=(OPEN,))

        changes = disputed(file, dispute("disp_1", 900, "lost"))

        (row,) = changes.refunds
        assert row == RefundState(id=row.id, amount=900, status=RefundStatus.PROCESSED, origin=RefundOrigin.DISPUTE, reason=LOST)
        assert changes == Changes(
            file=replace(file, status=PaymentStatus.PARTIALLY_REFUNDED, amount_refunded=900, refunds=(row,)),
            refunds=[row],
            dispute=replace(OPEN, status=DisputeStatus.LOST),
            steps=[step("dispute_lost", OPEN, amount=900), step("refunded", row, amount=900, note=LOST)],
            entries=[_given(file, row, before=0, amount=900, chargeback=True)],
            events=[DisputeClosed(dispute_id=OPEN.id, payment_id=file.id, status="lost"), processed(file, row, whole=False)],
        )

    def test_that_is_won_changes_no_money(self) -> None:
        file = paid(disputes=(OPEN,))

        assert disputed(file, dispute("disp_1", 900, "won")) == Changes(
            file=file,
            dispute=replace(OPEN, status=DisputeStatus.WON),
            steps=[step("dispute_won", OPEN, amount=900)],
            events=[DisputeClosed(dispute_id=OPEN.id, payment_id=file.id, status="won")],
        )


PAUSED = replace(OPEN, paused=True)
SECOND = replace(PAUSED, id=UUID(int=6), razorpay_dispute_id="disp_2", paused=False)


class TestComingBack:
    @pytest.mark.parametrize(
        ("file", "returns"),
        [
            (paid(disputes=(PAUSED,), present=False), True),
            (paid(disputes=(replace(PAUSED, status=DisputeStatus.WON, razorpay_dispute_id="disp_0"), OPEN), present=False), True),
            (paid(disputes=(PAUSED, replace(SECOND, status=DisputeStatus.CLOSED)), present=False), True),
            (paid(disputes=(OPEN,), present=False), False),
            (paid(disputes=(PAUSED,), present=True), False),
            (paid(disputes=(PAUSED, SECOND), present=False), False),
            (paid(disputes=(PAUSED, replace(SECOND, status=DisputeStatus.UNDER_REVIEW)), present=False), False),
            (paid(disputes=(PAUSED,), present=False, status=PaymentStatus.REFUNDED), False),
        ],
    )
    def test_is_for_whom_a_dispute_had_kept_out_when_the_last_is_over(self, file: PaymentFile, returns: bool) -> None:
        changes = disputed(file, dispute("disp_1", 900, "won"))

        assert changes.returning is returns
        assert changes.steps[1:] == ([step("access_resumed", OPEN)] if returns else [])

    def test_follows_a_part_that_was_lost_and_not_the_whole(self) -> None:
        part, whole = (paid(disputes=(replace(PAUSED, amount=amount),), present=False) for amount in (PRICE - 1, PRICE))

        assert disputed(part, dispute("disp_1", PRICE - 1, "lost")).returning
        assert not disputed(whole, dispute("disp_1", PRICE, "lost")).returning


def _given(file: PaymentFile, row: RefundState, *, before: int, amount: int, chargeback: bool = False) -> Entry:
    entry = ledger.given_back(row.id, file.id, "INR", SALE, before=before, amount=amount, chargeback=chargeback)
    assert entry is not None
    return entry


def _loss(amount: int, *, chargeback: bool) -> tuple[Line, ...]:
    return Line(Account.CHARGEBACKS if chargeback else Account.REFUNDS, amount), Line(Account.RAZORPAY_CLEARING, -amount)
