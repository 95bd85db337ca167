"""What follows from news of a refund or a dispute, given what we know: pure functions, so that every order of events can be tried."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from academy.payments.books import invoices, ledger
from academy.payments.books.ledger import Entry, Line
from academy.payments.events import DisputeClosed, DisputeOpened, RefundFailed, RefundProcessed
from academy.payments.gateway import VendorDispute, VendorRefund
from academy.payments.reversal.state import DisputeState, PaymentFile, RefundState
from academy.payments.settlement.decision import Step
from academy.payments.values import Account, DisputeStatus, EntryKind, PaymentStatus, RefundOrigin, RefundStatus, Source
from academy.platform.events import DomainEvent
from academy.platform.ids import uuid7

VENDOR_REASON = "Refunded at the payment vendor."
LOST = "The learner's bank took the payment back."
UNDER_WAY = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING})
_RANK = {DisputeStatus.OPEN: 0, DisputeStatus.UNDER_REVIEW: 1, DisputeStatus.WON: 2, DisputeStatus.LOST: 2, DisputeStatus.CLOSED: 2}


@dataclass(slots=True, kw_only=True)
class Changes:
    """What is to be written about one payment. `file` holds the payment as it shall be; `leaving` and `returning` are about its enrolment."""

    file: PaymentFile
    refunds: list[RefundState] = field(default_factory=list)
    dispute: DisputeState | None = None
    credit_note: dict[str, Any] | None = None
    leaving: bool = False
    returning: bool = False
    steps: list[Step] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    events: list[DomainEvent] = field(default_factory=list)


def decide_refund(file: PaymentFile, facts: VendorRefund, source: Source) -> Changes | None:
    """The vendor's word about a refund, also of one that was made there. None where it says nothing new.

    A refund only moves forward. But what the vendor has carried out is booked whatever we thought of it: also a refund that we had given up.
    """
    if not file.amount_captured:
        return None  # The vendor gives back by itself what was authorised and never captured: it was not ours.
    known = refund_of(file, facts)
    after = RefundStatus(facts.status)
    if known is not None and not _moves(known, after):
        return None
    if known is None:
        refund = RefundState(
            id=uuid7(),
            amount=facts.amount,
            status=after,
            origin=RefundOrigin.VENDOR,
            reason=VENDOR_REASON,
            razorpay_refund_id=facts.id,
        )
    else:
        refund = replace(known, status=after, razorpay_refund_id=facts.id, last_error=None)
    changes = Changes(file=file)
    if known is None:
        changes.steps.append(
            Step(kind="refund_requested", source=source, reference=str(refund.id), amount=refund.amount, note=refund.reason)
        )
    if after is RefundStatus.PROCESSED:
        _given_back(changes, refund, source, chargeback=False)
    elif after is RefundStatus.FAILED:
        refund = _failed(changes, refund, source, "The vendor could not carry it out.")
    _keep(changes, refund)
    return changes


def decide_refusal(file: PaymentFile, refund_id: UUID, reason: str, source: Source) -> Changes | None:
    """The vendor will not do it: the amount is free again."""
    refund = next((each for each in file.refunds if each.id == refund_id), None)
    if refund is None or refund.status is not RefundStatus.REQUESTED:
        return None
    changes = Changes(file=file)
    _keep(changes, _failed(changes, replace(refund, status=RefundStatus.FAILED), source, reason))
    return changes


def decide_dispute(file: PaymentFile, facts: VendorDispute, source: Source, *, access: Literal["kept", "paused"]) -> Changes | None:
    """The vendor's word about a dispute, forward only. A lost one is a refund that nobody asked for, booked as a chargeback."""
    if not file.amount_captured:
        return None
    known = next((each for each in file.disputes if each.razorpay_dispute_id == facts.id), None)
    status = DisputeStatus(facts.status)
    if known is not None and _RANK[status] <= _RANK[known.status]:
        return None
    changes = Changes(file=file)
    fresh = DisputeState(id=uuid7(), razorpay_dispute_id=facts.id, status=status, amount=facts.amount)
    dispute = replace(known, status=status) if known else fresh
    reference = str(dispute.id)
    if known is None:
        changes.steps.append(Step(kind="disputed", source=source, reference=reference, amount=facts.amount, note=facts.reason_code))
        changes.events.append(DisputeOpened(dispute_id=dispute.id, payment_id=file.id, amount=facts.amount, currency=file.currency))
        if access == "paused" and file.present and _RANK[status] < 2:
            changes.leaving = True
            changes.steps.append(Step(kind="access_paused", source=source, reference=reference))
    elif _RANK[status] < 2:
        changes.steps.append(Step(kind="dispute_under_review", source=source, reference=reference))
    changes.dispute = replace(
        dispute,
        reason_code=facts.reason_code or dispute.reason_code,
        phase=facts.phase or dispute.phase,
        respond_by=facts.respond_by.isoformat() if facts.respond_by else dispute.respond_by,
    )
    if _RANK[status] == 2:
        _closed(changes, changes.dispute, source)
    return changes


def refund_of(file: PaymentFile, facts: VendorRefund) -> RefundState | None:
    """Ours for it: by the vendor's id; by the receipt, which is our refund's id, as long as no other of the vendor's took its place."""
    for refund in file.refunds:
        if refund.razorpay_refund_id == facts.id:
            return refund
    for refund in file.refunds:
        if str(refund.id) == facts.receipt and refund.razorpay_refund_id is None and refund.amount == facts.amount:
            return refund
    return None


def _moves(refund: RefundState, after: RefundStatus) -> bool:
    if refund.status in UNDER_WAY:
        return after is not refund.status
    # We gave it up, and the vendor has it all the same; or the vendor did after all what it had called failed.
    return refund.status is RefundStatus.FAILED and (
        after is RefundStatus.PROCESSED or (after is RefundStatus.PENDING and refund.razorpay_refund_id is None)
    )


def _given_back(changes: Changes, refund: RefundState, source: Source, *, chargeback: bool) -> None:
    """The money is gone. What of it is more than was left (a dispute lost after a refund) shrinks neither tax nor share: it is our loss."""
    file = changes.file
    before = file.given
    within = min(refund.amount, file.amount_captured - before)
    if file.sale is None:
        entry = ledger.parked_given_back(refund.id, file.id, file.currency, refund.amount, chargeback=chargeback)
    else:
        entry = ledger.given_back(refund.id, file.id, file.currency, file.sale, before=before, amount=within, chargeback=chargeback)
        entry = _with_loss(entry, file, refund, refund.amount - within, chargeback=chargeback)
    if entry is not None:
        changes.entries.append(entry)
    if file.invoice is not None and within:
        changes.credit_note = invoices.draft_credit_note(
            credit_note_id=uuid7(), refund_id=refund.id, original=file.invoice, amount=within, before=before, day=file.today
        )
    whole = before + within >= file.amount_captured
    # What is left of parked money still waits for somebody to look.
    partly = file.status if file.status is PaymentStatus.NEEDS_REVIEW else PaymentStatus.PARTIALLY_REFUNDED
    changes.file = replace(file, status=PaymentStatus.REFUNDED if whole else partly)
    changes.steps.append(Step(kind="refunded", source=source, reference=str(refund.id), amount=refund.amount, note=refund.reason))
    changes.leaving = whole and file.present
    changes.events.append(
        RefundProcessed(
            refund_id=refund.id,
            payment_id=file.id,
            user_id=file.user_id,
            course_id=file.course_id,
            course_title=file.course_title,
            amount=refund.amount,
            currency=file.currency,
            origin=refund.origin,
            whole=whole,
        )
    )


def _with_loss(entry: Entry | None, file: PaymentFile, refund: RefundState, loss: int, *, chargeback: bool) -> Entry | None:
    if not loss:
        return entry
    lines = (
        Line(Account.CHARGEBACKS if chargeback else Account.REFUNDS, loss),
        Line(Account.RAZORPAY_CLEARING, -loss),
    )
    if entry is not None:
        return replace(entry, lines=entry.lines + lines)
    kind = EntryKind.CHARGEBACK if chargeback else EntryKind.REFUND
    return Entry(kind=kind, reference=refund.id, payment_id=file.id, currency=file.currency, lines=lines)


def _failed(changes: Changes, refund: RefundState, source: Source, reason: str) -> RefundState:
    changes.steps.append(Step(kind="refund_failed", source=source, reference=str(refund.id), amount=refund.amount, note=reason))
    changes.events.append(RefundFailed(refund_id=refund.id, payment_id=changes.file.id, reason=reason))
    return replace(refund, last_error=reason)


def _keep(changes: Changes, refund: RefundState) -> None:
    """The row, and what of the payment is given back or about to be: never more than was taken, whatever the vendor did beyond it."""
    changes.refunds.append(refund)
    others = [each for each in changes.file.refunds if each.id != refund.id]
    held = sum(each.amount for each in [*others, refund] if each.status is not RefundStatus.FAILED)
    changes.file = replace(changes.file, refunds=(*others, refund), amount_refunded=min(changes.file.amount_captured, held))


def _closed(changes: Changes, dispute: DisputeState, source: Source) -> None:
    file = changes.file
    changes.steps.append(Step(kind=f"dispute_{dispute.status}", source=source, reference=str(dispute.id), amount=dispute.amount))
    changes.events.append(DisputeClosed(dispute_id=dispute.id, payment_id=file.id, status=dispute.status))
    if dispute.status is DisputeStatus.LOST:
        refund = RefundState(id=uuid7(), amount=dispute.amount, status=RefundStatus.PROCESSED, origin=RefundOrigin.DISPUTE, reason=LOST)
        _given_back(changes, refund, source, chargeback=True)
        _keep(changes, refund)
    others_open = any(_RANK[each.status] < 2 for each in file.disputes if each.id != dispute.id)
    paused = any(each.paused for each in file.disputes)
    if paused and not others_open and not file.present and changes.file.status is not PaymentStatus.REFUNDED:
        changes.returning = True
        changes.steps.append(Step(kind="access_resumed", source=source, reference=str(dispute.id)))
