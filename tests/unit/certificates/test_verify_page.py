"""The page that a stranger sees: what it says, what it can't be made to say, and what it does not need."""

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from academy.certificates.facts import Revocation
from academy.certificates.verify_page import POLICY, certificate_page, unknown_page

from .conftest import FactsFactory

VOID = {"meta", "circle", "path"}


class Page(HTMLParser):
    """Well-formedness, the text, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def test_a_valid_certificate_is_called_valid_and_says_all_it_says_on_paper(facts: FactsFactory) -> None:
    given = facts(learner="அருண் Kṛṣṇa")
    answer = certificate_page(given)
    page = Page(answer.html)

    assert answer.status == 200
    assert "This certificate is valid" in page.text
    for text in (given.academy, given.learner, given.course, given.instructor, "21 November 2026", given.serial, given.verify_url):
        assert text in page.text
    assert ("time", {"datetime": "2026-11-21"}) in page.tags
    assert "revoked" not in page.text.lower()


def test_a_revoked_certificate_says_so_when_and_why(facts: FactsFactory) -> None:
    answer = certificate_page(facts(), Revocation(on=date(2027, 1, 3), reason="Issued to the wrong person"))
    page = Page(answer.html)

    assert answer.status == 200
    assert "This certificate was revoked" in page.text
    assert "3 January 2027" in page.text
    assert "Issued to the wrong person" in page.text
    assert "is valid" not in page.text


def test_an_unknown_serial_is_not_found_and_tells_nothing() -> None:
    answer = unknown_page("Desired Career Academy")
    assert answer.status == 404
    assert "Certificate not found" in Page(answer.html).text


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><h1>valid</h1>", "&lt;b&gt;", "</bdi></dd>"]
)
def test_whatever_a_person_typed_is_text(attack: str, facts: FactsFactory) -> None:
    revocation = Revocation(on=date(2027, 1, 3), reason=attack)
    page = Page(certificate_page(facts(learner=attack, course=attack, instructor=attack), revocation).html)

    plain = Page(certificate_page(facts(), Revocation(on=date(2027, 1, 3), reason="x")).html)
    assert page.tags == plain.tags
    assert page.text.count(attack) == 5  # the title, and once for each


def test_the_policy_allows_the_page_its_own_style_and_nothing_else(facts: FactsFactory) -> None:
    html = certificate_page(facts()).html
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    for tag, attributes in Page(html).tags:
        assert tag not in {"script", "link", "img", "form", "iframe", "object"}
        assert not [name for name in attributes if name == "style" or name.startswith("on") or name in {"src", "href"}]


def test_it_can_be_read_aloud(facts: FactsFactory) -> None:
    page = Page(certificate_page(facts()).html)
    tags = [tag for tag, _ in page.tags]

    assert ("html", {"lang": "en"}) in page.tags
    assert tags.count("h1") == 1
    assert tags.count("title") == 1
    assert {"header", "main", "footer"} <= set(tags)
    assert tags.count("dt") == tags.count("dd") == 5
    assert all(attributes.get("aria-hidden") == "true" for tag, attributes in page.tags if tag == "svg")


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    ("ink", "card"),
    ("text", "card"),
    ("muted", "card"),
    ("muted", "paper"),
    ("good", "good-paper"),
    ("bad", "bad-paper"),
    ("unknown", "unknown-paper"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_colours_differ_enough_for_weak_eyes(front: str, back: str, scheme: str, facts: FactsFactory) -> None:
    """WCAG 2.2, success criterion 1.4.6: 7:1, or 4.5:1 for what is large or secondary."""
    roots = re.findall(r":root \{(.*?)\}", certificate_page(facts()).html, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6})", roots[0 if scheme == "light" else 1]))

    lighter, darker = sorted((_luminance(colours[front]), _luminance(colours[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= (7 if front in {"ink", "text"} else 4.5)
