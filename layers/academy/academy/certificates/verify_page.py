"""The page behind a certificate's QR code: for anybody, on any screen or on paper, without a line of JavaScript.

It is also the accessible form of the certificate, since the PDF carries no tags. Whatever a person once typed is escaped
and isolated (`bdi`), so that a name can neither add markup nor turn the words around it.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date
from html import escape

from academy.certificates.facts import CertificateFacts, Revocation
from academy.platform.dates import long_date

_STYLE = """
:root { color-scheme: light dark; --paper: #f6f3ea; --card: #fffefb; --ink: #16264a; --text: #2a3242; --muted: #596275;
  --line: #e3dcc8; --gold: #b28a36; --good: #15613a; --good-paper: #e5f3ea; --bad: #9c1f2e; --bad-paper: #fbe9ea;
  --unknown: #4d566c; --unknown-paper: #eceef2; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1424; --card: #152038; --ink: #f2ead6; --text: #dde2ec; --muted: #a5aec0;
  --line: #2c3a58; --gold: #d9b968; --good: #8fe0b0; --good-paper: #12372a; --bad: #ffb3ba; --bad-paper: #471a22;
  --unknown: #c3cad8; --unknown-paper: #26314a; } }
* { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, "Noto Sans", "Segoe UI", Roboto, sans-serif; background: var(--paper); color: var(--text); }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; padding: clamp(1rem, 4vw, 3.5rem) 1rem; }
header, main, footer { width: 100%; max-width: 40rem; }
header { font: 600 1.125rem/1.3 Georgia, "Noto Serif", "Times New Roman", serif; color: var(--ink); margin-bottom: 1rem; text-align: center; }
main { background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--gold); border-radius: 0.5rem;
  padding: clamp(1.25rem, 4vw, 2.5rem); }
h1 { font: 600 clamp(1.375rem, 4.5vw, 1.75rem)/1.25 Georgia, "Noto Serif", "Times New Roman", serif; margin: 0; }
.status { display: flex; gap: 0.875rem; align-items: center; padding: 1rem 1.125rem; border-radius: 0.375rem; margin-bottom: 1.25rem; }
.status svg { flex: none; width: 2.25rem; height: 2.25rem; }
.valid { color: var(--good); background: var(--good-paper); }
.revoked { color: var(--bad); background: var(--bad-paper); }
.unknown { color: var(--unknown); background: var(--unknown-paper); }
p { margin: 0 0 1rem; }
dl { margin: 1.5rem 0 0; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: 9.5rem 1fr; gap: 0 1rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0; font-weight: 600; color: var(--ink); overflow-wrap: anywhere; }
.learner { font: 600 1.3125rem/1.35 Georgia, "Noto Serif", "Times New Roman", serif; }
.serial { font-family: ui-monospace, "Noto Sans Mono", Menlo, Consolas, monospace; font-weight: 400; font-size: 0.9375rem; }
footer { margin-top: 1.25rem; color: var(--muted); font-size: 0.875rem; text-align: center; text-wrap: balance;
  overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl div { grid-template-columns: 1fr; } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --text: #000; --muted: #333; --line: #999; --gold: #000;
  --good: #000; --good-paper: #fff; --bad: #000; --bad-paper: #fff; --unknown: #000; --unknown-paper: #fff; }
  body { padding: 0; display: block; } header, main, footer { max-width: none; } main { border-radius: 0; break-inside: avoid; }
  .status { border: 2px solid #000; } }
""".strip()

_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The page's Content-Security-Policy: its own style sheet, known by its digest, and nothing else at all."""

CONTENT_TYPE = "text/html; charset=utf-8"

_SIGNS = {
    "valid": '<circle cx="18" cy="18" r="16"/><path d="m11 18.5 5 5 9.5-10.5"/>',
    "revoked": '<circle cx="18" cy="18" r="16"/><path d="m12 12 12 12m0-12L12 24"/>',
    "unknown": '<circle cx="18" cy="18" r="16"/><path d="M13.5 14a4.5 4.5 0 1 1 6.7 3.9c-1.6.9-2.2 1.6-2.2 3.3M18 26v.1"/>',
}


@dataclass(frozen=True, kw_only=True)
class VerifyPage:
    """`status` is HTTP's."""

    status: int
    html: str


def certificate_page(facts: CertificateFacts, revocation: Revocation | None = None) -> VerifyPage:
    """What a certificate of ours says. A revoked one is shown too: whoever holds it should learn why."""
    if revocation is None:
        heading, kind = "This certificate is valid", "valid"
        lead = f"<p>{_person(facts.academy)} issued it to the learner named below, who completed the whole course.</p>"
    else:
        heading, kind = "This certificate was revoked", "revoked"
        lead = f"<p>It was issued by {_person(facts.academy)}, but is no longer valid.</p>"
    rows = [
        ("Learner", f'<span class="learner">{_person(facts.learner)}</span>'),
        ("Course", _person(facts.course)),
        ("Instructor", _person(facts.instructor)),
        ("Issued on", _day(facts.issued_on)),
    ]
    if revocation is not None:
        rows += [("Revoked on", _day(revocation.on)), ("Reason", _person(revocation.reason))]
    rows.append(("Serial number", f'<span class="serial">{escape(facts.serial)}</span>'))
    details = "\n".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return VerifyPage(
        status=200,
        html=_page(
            title=f"{heading}: {facts.learner}",
            academy=facts.academy,
            kind=kind,
            heading=heading,
            content=f"{lead}\n<dl>\n{details}\n</dl>",
            footer=f"To check it again, open {escape(facts.verify_url)}",
        ),
    )


def unknown_page(academy: str) -> VerifyPage:
    """For a serial of nobody's. It says the same of a mistyped, an invented and an unissued one, and repeats nothing of it."""
    return VerifyPage(
        status=404,
        html=_page(
            title="Certificate not found",
            academy=academy,
            kind="unknown",
            heading="Certificate not found",
            content=(
                f"<p>{_person(academy)} has issued no certificate with this serial number.</p>\n"
                "<p>Please compare it with the certificate: it has seven groups of four letters and digits. "
                "A document whose serial number is not found here should not be relied upon.</p>"
            ),
            footer="The serial number is printed beside the certificate's QR code.",
        ),
    )


def _page(*, title: str, academy: str, kind: str, heading: str, content: str, footer: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} - {escape(academy)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>{_person(academy)}</header>
<main>
<div class="status {kind}">
<svg viewBox="0 0 36 36" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true">{_SIGNS[kind]}</svg>
<h1>{heading}</h1>
</div>
{content}
</main>
<footer>{footer}</footer>
</body>
</html>
"""


def _person(text: str) -> str:
    """What a person wrote, in its own direction."""
    return f"<bdi>{escape(text)}</bdi>"


def _day(day: date) -> str:
    return f'<time datetime="{day.isoformat()}">{long_date(day)}</time>'
