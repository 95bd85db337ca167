"""What stands on an invoice or a credit note, as texts: rules 46 and 53 of the CGST Rules. Whoever draws it sees no amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from academy.payments.books import gst
from academy.payments.books.words import grouped, in_words, percent
from academy.payments.values import InvoiceKind
from academy.platform.dates import long_date


@dataclass(frozen=True, kw_only=True)
class Party:
    name: str
    address: str
    gstin: str
    """Empty: not registered."""
    state: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A column of the table; `note` stands small below the heading."""

    heading: str
    note: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """`details` and `sums` are labels with their texts; `code` is what the QR code says."""

    title: str
    serial: str
    day: date
    seller: Party
    buyer: Party
    details: tuple[tuple[str, str], ...]
    description: str
    sac: str
    figures: tuple[Figure, ...]
    sums: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    words: str
    notes: tuple[str, ...]
    code: str


def wording(row: Mapping[str, Any], original: tuple[str, date] | None = None) -> Wording:
    """Of an invoice's row. `original`: serial and day of the invoice that a credit note corrects."""
    credit = row["kind"] == InvoiceKind.CREDIT_NOTE
    seller, buyer = row["seller"], row["buyer"]
    sold_in = row["place_of_supply"]
    details = [("Credit note no." if credit else "Invoice no.", row["serial"]), ("Date", long_date(row["issued_on"]))]
    if original:
        details.append(("Against invoice", f"{original[0]} of {long_date(original[1])}"))
    details += [("Place of supply", _state(sold_in)), ("Payment", str(row["payment_id"]))]
    taxes = _taxes(row)
    return Wording(
        title="Credit Note" if credit else "Tax Invoice",
        serial=row["serial"],
        day=row["issued_on"],
        seller=Party(name=seller["name"], address=seller["address"], gstin=seller["gstin"], state=_state(seller["state"])),
        buyer=Party(
            name=buyer["name"],
            address=buyer.get("address") or "",
            gstin=buyer.get("gstin") or "",
            state=_state(gst.place_of_supply(seller_state=sold_in, buyer_gstin=buyer.get("gstin"))),
        ),
        details=tuple(details),
        description=row["description"],
        sac=row["sac"],
        figures=(
            Figure(heading="Price", note="", text=grouped(row["price"])),
            Figure(heading="Discount", note="", text=grouped(row["discount"])),
            Figure(heading="Taxable", note="value", text=grouped(row["taxable"])),
            *(Figure(heading=name, note=rate, text=grouped(amount)) for name, rate, amount in taxes),
            Figure(heading="Total", note="", text=grouped(row["total"])),
        ),
        sums=(
            ("Taxable value", _money(row, "taxable")),
            *((f"{name} at {rate}", f"{row['currency']} {grouped(amount)}") for name, rate, amount in taxes),
        ),
        total=("Total credited" if credit else "Total", _money(row, "total")),
        words=in_words(row["total"]) if row["currency"] == "INR" else _money(row, "total"),
        notes=_notes(row, credit=credit),
        code="\n".join(
            (
                f"GSTIN {seller['gstin']}",
                f"No. {row['serial']}",
                f"Date {row['issued_on'].isoformat()}",
                f"Total {_money(row, 'total')}",
                f"Payment {row['payment_id']}",
            )
        ),
    )


def _taxes(row: Mapping[str, Any]) -> tuple[tuple[str, str, int], ...]:
    """Name, rate and amount of each tax: halves within the seller's state, one between two."""
    place = row["place_of_supply"]
    if row["seller"]["state"] != place:
        return (("IGST", percent(row["tax_bp"]), row["igst"]),)
    half = percent(row["tax_bp"], parts=2)
    return ("CGST", half, row["cgst"]), ("UTGST" if place in gst.WITHOUT_LEGISLATURE else "SGST", half, row["sgst"])


def _notes(row: Mapping[str, Any], *, credit: bool) -> tuple[str, ...]:
    included = row["price"] - row["discount"] == row["total"] != row["taxable"]
    currency = "Indian rupees" if row["currency"] == "INR" else row["currency"]
    return (
        "Tax payable on reverse charge: No",
        f"All amounts are in {currency}{'; the price includes tax' if included else ''}.",
        f"This {'credit note' if credit else 'invoice'} is computer generated and needs no signature.",
    )


def _money(row: Mapping[str, Any], column: str) -> str:
    return f"{row['currency']} {grouped(row[column])}"


def _state(code: str) -> str:
    return f"{gst.STATES[code]} ({code})"
