"""What has to hold at the end of a history, counted from the rows and from what the vendor's own books say."""

from collections import Counter
from dataclasses import dataclass, field

from infra.local.razorpay.bank import Bank
from tests.factories import Factory


@dataclass
class Verdict:
    """Names of what was found, and how much of it. All empty is what we want."""

    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


ENTITLED = """
    select o.user_id, o.course_id, count(*) filter (where o.amount = 0 or p.amount_captured > coalesce(r.back, 0)) as live,
        (select count(*) from enrollments e where e.user_id = o.user_id and e.course_id = o.course_id and e.status <> 'ended') as enrolled
    from orders o join payments p on p.order_id = o.id and p.applied
    left join lateral (select sum(amount) as back from refunds r where r.payment_id = p.id and r.status = 'processed') r on true
    where o.status = 'paid' group by 1, 2
"""
WRONG = {
    "enrolled for nothing": "select count(*) from enrollments e where e.status <> 'ended' and not exists "
    "(select from orders o where o.enrollment_id = e.id and o.status = 'paid')",
    "paid orders without their payment": "select count(*) from orders o where (o.status = 'paid') <> exists "
    "(select from payments p where p.order_id = o.id and p.applied and p.amount_captured >= o.amount)",
    "entries out of balance": "select count(*) from (select from ledger_lines group by entry_id having sum(amount) <> 0) x",
    "clearing": "select abs(coalesce((select sum(amount) from ledger_lines where account = 'razorpay_clearing'), 0) - "
    "(select coalesce(sum(p.amount_captured - p.fee), 0) from payments p) + "
    "(select coalesce(sum(amount), 0) from refunds where status = 'processed'))",
    "receivable": "select abs(coalesce((select sum(amount) from ledger_lines where account = 'learner_receivable'), 0) + "
    "(select coalesce(sum(p.amount_captured), 0) from payments p where not p.applied) - (select coalesce(sum(r.amount), 0) from refunds r "
    "join payments p on p.id = r.payment_id where r.status = 'processed' and not p.applied))",
    "reserved refunds": "select count(*) from payments p where amount_refunded <> least(amount_captured, "
    "(select coalesce(sum(amount), 0) from refunds r where r.payment_id = p.id and r.status <> 'failed'))",
    "coupons counted wrongly": "select count(*) from coupons c where uses <> "
    "(select count(*) from coupon_uses u where u.coupon_id = c.id and u.status <> 'released')",
    "coupons oversold": "select count(*) from coupons c where uses > max_uses or exists (select from coupon_uses u where u.coupon_id = c.id "
    "and u.status <> 'released' group by u.user_id having count(*) > c.max_uses_per_user)",
    "coupons redeemed without a sale": "select count(*) from coupon_uses u join orders o on o.id = u.order_id "
    "where (u.status = 'redeemed') <> (o.status = 'paid')",
    "invoice numbers missing": "select coalesce(sum(gap), 0) from (select max(number) - count(*) as gap from invoices group by series, financial_year) x",
    "sales without their invoice": "select count(*) from payments p where p.applied <> exists "
    "(select from invoices i where i.payment_id = p.id and i.kind = 'invoice')",
    "credit notes": "select count(*) from payments p where p.applied and (select coalesce(sum(total), 0) from invoices i "
    "where i.payment_id = p.id and i.kind = 'credit_note') <> least(p.amount_captured, "
    "(select coalesce(sum(amount), 0) from refunds r where r.payment_id = p.id and r.status = 'processed'))",
    "tax": "select abs(coalesce((select sum(amount) from ledger_lines where account = 'tax_payable'), 0) + coalesce((select sum("
    "case kind when 'invoice' then cgst + sgst + igst else -(cgst + sgst + igst) end) from invoices), 0))",
    "still under way": "select count(*) from refunds where status in ('requested', 'pending')",
    "open orders": "select count(*) from orders where status = 'open'",
    "learners counted wrongly": "select count(*) from courses c where total_enrollments <> "
    "(select count(*) from enrollments e where e.course_id = c.id and e.status <> 'ended')",
}


def judge(make: Factory, bank: Bank) -> Verdict:
    verdict = Verdict()
    (counted,) = make.rows("select " + ", ".join(f'({statement}) as "{name}"' for name, statement in WRONG.items()))
    verdict.wrong.update({name: int(number) for name, number in counted.items()})
    for row in make.rows(ENTITLED):
        verdict.lost["enrolments"] += row["live"] > 0 and row["enrolled"] == 0
        verdict.doubled["enrolments"] += row["enrolled"] > 1
        verdict.wrong["enrolled after the money went back"] += row["live"] == 0 and row["enrolled"] > 0
        verdict.doubled["sales of one course to one learner"] += max(0, row["live"] - 1)
    ours = {row["razorpay_payment_id"]: row for row in make.rows("select * from payments where razorpay_payment_id is not null")}
    back = {
        row["razorpay_payment_id"]: row
        for row in make.rows(
            "select p.razorpay_payment_id, coalesce(sum(r.amount) filter (where r.origin <> 'dispute'), 0) as refunded, "
            "coalesce(sum(r.amount) filter (where r.origin = 'dispute'), 0) as disputed "
            "from payments p join refunds r on r.payment_id = p.id where r.status = 'processed' group by 1"
        )
    }
    for payment in bank.books.payments.values():
        known = ours.pop(payment["id"], None)
        if not payment["captured"]:
            continue
        if known is None:
            verdict.lost["payments"] += 1
            continue
        verdict.wrong["captured amounts"] += known["amount_captured"] != payment["amount"]
        verdict.wrong["fees"] += known["fee"] != payment["fee"]
        given_back = back.get(payment["id"])
        here = int(given_back["refunded"]) if given_back else 0
        there = sum(
            refund["amount"]
            for refund in bank.books.refunds.values()
            if refund["payment_id"] == payment["id"] and refund["status"] == "processed"
        )
        verdict.lost["refunds of the vendor's"] += max(0, there - here)
        verdict.wrong["refunds that the vendor knows nothing of"] += max(0, here - there)
        if not known["applied"] and known["status"] != "needs_review":
            verdict.lost["money that bought nothing and stayed"] += known["amount_captured"] - known["amount_refunded"]
        receipts = [
            refund["receipt"] for refund in bank.books.refunds.values() if refund["payment_id"] == payment["id"] and refund["receipt"]
        ]
        verdict.doubled["refunds"] += len(receipts) - len(set(receipts))
    verdict.wrong["payments that the vendor never took"] += sum(row["amount_captured"] > 0 for row in ours.values())
    for found in (verdict.lost, verdict.doubled, verdict.wrong):
        for name in [name for name, number in found.items() if not number]:
            del found[name]
    return verdict
