"""Lists as CSV (RFC 4180), for who asks for it by `Accept: text/csv`."""

import csv
import io
from collections.abc import Iterable, Sequence

from academy.platform.http.answers import Answer
from academy.platform.http.request import Request


def wants_csv(request: Request) -> bool:
    """Whether the Accept header prefers CSV. JSON wins a tie and everything that is not said."""
    best = {"text/csv": -1.0, "application/json": -1.0}
    for part in request.headers.get("accept", "").split(","):
        kind, _, options = part.strip().partition(";")
        weight = 1.0
        for option in options.split(";"):
            name, _, value = option.strip().partition("=")
            if name == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if kind.strip().lower() in best:
            best[kind.strip().lower()] = weight
    return best["text/csv"] > max(best["application/json"], 0.0)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def csv_cell(text: str | None) -> str:
    """Text that a spreadsheet takes for text: what starts like a formula gets an apostrophe (OWASP, "CSV Injection")."""
    value = text or ""
    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) or value[:1] in {"\t", "\r", "\n"} else value


def csv_file(text: str, name: str) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    return Answer(body=text, content_type="text/csv; charset=utf-8", headers=headers)
