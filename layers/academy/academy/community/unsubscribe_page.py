"""The page behind a mail's link: asks once, says that it is done, for anybody on any screen, without a line of JavaScript.

Following the link alone changes nothing, since programs that look for harm in mails follow links, too. The button does, and so does the mail program's own.
"""

import base64
import hashlib
from html import escape

from academy.identity.values import Language

_STYLE = """
:root { color-scheme: light dark; --paper: #f3f4f6; --card: #fff; --ink: #111827; --text: #1f2937; --faint: #4b5563; --act: #4338ca; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --paper: #111827; --card: #1f2937; --ink: #f9fafb; --text: #e5e7eb; --faint: #d1d5db;
  --act: #c7d2fe; --on: #1e1b4b; } }
* { box-sizing: border-box; }
html { font: 100%/1.6 system-ui, "Noto Sans", "Noto Sans Devanagari", "Segoe UI", Roboto, sans-serif; background: var(--paper); color: var(--text); }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; padding: clamp(1rem, 4vw, 3.5rem) 1rem; }
header, main { width: 100%; max-width: 34rem; }
header { color: var(--faint); margin-bottom: 0.75rem; }
main { background: var(--card); border-top: 4px solid var(--act); border-radius: 0.5rem; padding: clamp(1.25rem, 4vw, 2.5rem); }
h1 { font-size: clamp(1.25rem, 4.5vw, 1.625rem); line-height: 1.3; margin: 0 0 1rem; color: var(--ink); }
p { margin: 0 0 1.25rem; }
button { font: inherit; font-weight: 600; color: var(--on); background: var(--act); border: 0; border-radius: 0.375rem; padding: 0.75rem 1.5rem;
  min-height: 2.75rem; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
a { color: var(--act); }
""".strip()

_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
CONTENT_TYPE = "text/html; charset=utf-8"

EN, HI = Language.ENGLISH, Language.HINDI
ALL = {EN: "everything but receipts", HI: "रसीदों के अलावा सब कुछ"}
_ASK = {EN: "No more mails about “{what}”?", HI: "“{what}” के बारे में और मेल नहीं?"}
_ASK_MORE = {
    EN: "You will still find it in the app, where you can switch the mails on again at any time.",
    HI: "यह आपको ऐप में फिर भी मिलेगा, जहाँ आप मेल कभी भी फिर से चालू कर सकते हैं।",
}
_BUTTON = {EN: "Yes, no more of these mails", HI: "हाँ, ऐसे मेल अब न भेजें"}
_DONE = {EN: "No more mails about “{what}”", HI: "“{what}” के बारे में अब मेल नहीं आएँगे"}
_DONE_MORE = {
    EN: "It is done. Should you change your mind: the app has a switch for each kind of mail.",
    HI: "हो गया। यदि आप अपना विचार बदलें: ऐप में हर प्रकार के मेल के लिए एक बटन है।",
}
_UNKNOWN = "This link can't be used"
_UNKNOWN_MORE = (
    "It may have been cut off on its way: please copy it whole from the mail, or use the app, which has a switch for each kind of mail."
)


def asking(what: str, token: str, language: Language) -> str:
    one_click = '<input type="hidden" name="List-Unsubscribe" value="One-Click">'
    form = f'<form method="post" action="?token={escape(token)}">{one_click}<button>{_BUTTON[language]}</button></form>'
    return _page(_ASK[language].format(what=what), f"<p>{_ASK_MORE[language]}</p>\n{form}", language)


def done(what: str, language: Language) -> str:
    return _page(_DONE[language].format(what=what), f"<p>{_DONE_MORE[language]}</p>", language)


def unknown() -> str:
    """For a token that is none: it repeats nothing of it."""
    return _page(_UNKNOWN, f"<p>{_UNKNOWN_MORE}</p>", EN)


def _page(heading: str, content: str, language: Language) -> str:
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{escape(heading)} - Desired Career Academy</title>
<style>{_STYLE}</style>
</head>
<body>
<header>Desired Career Academy</header>
<main>
<h1>{escape(heading)}</h1>
{content}
</main>
</body>
</html>
"""
