"""The academy's mail: one column of HTML that every mail program shows, and the same as text. Everything that is said in it is escaped.

Tables and inline styles, because mail programs know little else; no pictures and nothing from elsewhere, so that opening a mail tells nobody.
Colours keep a contrast of at least 4.5:1 on light and dark ground; the link is a link, with words of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from academy.identity.values import Language

ACADEMY = "Desired Career Academy"
_FONTS = "-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans Devanagari',Mangal,Arial,sans-serif"
_BUTTON = "display:inline-block;background:#4338ca;color:#ffffff;text-decoration:none;padding:10px 20px;border-radius:6px;font-weight:600"
_WHY = {
    Language.ENGLISH: "You get this mail because you have an account at the academy.",
    Language.HINDI: "यह मेल आपको इसलिए मिला है क्योंकि अकादमी में आपका खाता है।",
}
_LEAVE = {Language.ENGLISH: "No more mails like this", Language.HINDI: "ऐसे मेल अब न भेजें"}
_PREFERENCES = {Language.ENGLISH: "Choose what you are told of", Language.HINDI: "चुनें कि आपको क्या बताया जाए"}


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that is told: with a link, and the titles of those that it sums up."""

    title: str
    body: str
    action: str
    link: str
    also: str = ""
    each: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Page:
    language: Language
    title: str
    hello: str
    blocks: Sequence[Block]
    leave: str | None
    preferences: str


def text_of(page: Page) -> str:
    parts = [page.hello]
    for block in page.blocks:
        if len(page.blocks) > 1:
            parts.append(block.title)
        parts.append(block.body)
        if block.each:
            parts.append("\n".join([block.also, *(f"- {title}" for title in block.each)]))
        parts.append(block.link)
    parts.append(ACADEMY)
    foot = [f"{_LEAVE[page.language]}: {page.leave}"] if page.leave else []
    parts.append("\n".join(["--", _WHY[page.language], *foot, f"{_PREFERENCES[page.language]}: {page.preferences}"]))
    return "\n\n".join(parts) + "\n"


def html_of(page: Page) -> str:
    several = len(page.blocks) > 1
    blocks = "".join(_block(block, heading=several) for block in page.blocks)
    links = [(_PREFERENCES[page.language], page.preferences)]
    if page.leave:
        links.insert(0, (_LEAVE[page.language], page.leave))
    foot = " &nbsp;·&nbsp; ".join(f'<a href="{escape(url)}" style="color:#4b5563">{escape(words)}</a>' for words, url in links)
    return f"""<!doctype html>
<html lang="{page.language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{escape(page.title)}</title>
<style>
@media (prefers-color-scheme: dark) {{
  .ground {{ background: #111827 !important }}
  .card {{ background: #1f2937 !important; border-color: #374151 !important }}
  .ink {{ color: #f3f4f6 !important }}
  .faint, .faint a {{ color: #d1d5db !important }}
  .link {{ color: #a5b4fc !important }}
}}
</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#f3f4f6">
<div style="display:none;max-height:0;overflow:hidden">{escape(page.blocks[0].body)}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;font-family:{_FONTS};font-size:16px;line-height:1.6">
<tr><td class="faint" style="padding:0 8px 12px;color:#4b5563;font-size:14px">{ACADEMY}</td></tr>
<tr><td class="card" style="background:#ffffff;border:1px solid #e5e7eb;border-top:4px solid #4338ca;border-radius:8px;padding:28px">
<h1 class="ink" style="margin:0 0 16px;font-size:22px;line-height:1.3;color:#111827">{escape(page.title)}</h1>
<p class="ink" style="margin:0 0 12px;color:#1f2937">{escape(page.hello)}</p>
{blocks}</td></tr>
<tr><td class="faint" style="padding:16px 8px;color:#4b5563;font-size:13px">{escape(_WHY[page.language])}<br>{foot}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def _block(block: Block, *, heading: bool) -> str:
    title = f'<h2 class="ink" style="margin:20px 0 4px;font-size:17px;color:#111827">{escape(block.title)}</h2>\n' if heading else ""
    each = ""
    if block.each:
        lines = "".join(f"<li>{escape(line)}</li>" for line in block.each)
        each = f'<p class="ink" style="margin:0;color:#1f2937">{escape(block.also)}</p>\n<ul class="ink" style="margin:0 0 16px;color:#1f2937">{lines}</ul>\n'
    look, role = ("color:#4338ca;font-weight:600", "link") if heading else (_BUTTON, "button")
    return (
        f'{title}<p class="ink" style="margin:0 0 16px;color:#1f2937">{escape(block.body)}</p>\n{each}'
        f'<p style="margin:0 0 8px"><a class="{role}" href="{escape(block.link)}" style="{look}">{escape(block.action)}</a></p>\n'
    )
