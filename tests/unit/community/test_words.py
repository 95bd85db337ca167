"""What is said of each kind, in each language, and how it looks in a mail."""

import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

import botocore.session
import pytest
from botocore.stub import Stubber

from academy.community.email.composing import compose
from academy.community.notices import KINDS, say
from academy.community.parcels import Item, Parcel, Reader
from academy.community.values import Channel, Weight
from academy.identity.values import Language
from academy.platform import mail

ID = "01a1f000-0000-7000-8000-000000000000"
EVENT: dict[str, Any] = {
    **dict.fromkeys(("userId", "instructorId", "courseId", "certificateId", "jobId", "paymentId", "refundId", "disputeId"), ID),
    "courseTitle": "Tides",
    "title": "Tides",
    "serial": "ABCD",
    "reason": "It is empty.",
    "code": "X",
    "origin": "paid_twice",
    "amount": 49905,
    "currency": "INR",
    "badge": "scholar",
    "span": "monthly",
    "period": "2026-11",
    "domain": None,
    "rank": 3,
    "points": 7,
    "days": 4,
    "localDay": "2026-11-21",
}
OWN = [name for name, kind in KINDS.items() if kind.weight < Weight.ANNOUNCEMENT]


@pytest.mark.parametrize("name", OWN)
def test_every_kind_is_said_in_every_language(name: str) -> None:
    kind = KINDS[name]
    told = kind.told(EVENT)
    assert told is not None
    assert (told.user_id is None) == kind.for_admins

    for count in (1, 5):
        english, hindi = (say(name, told.facts, count, language) for language in (Language.ENGLISH, Language.HINDI))
        for part in (hindi.title, hindi.body, hindi.action, kind.label[Language.HINDI]):
            assert re.search("[ऀ-ॿ]", part), part
        for part in (english.title, english.body, english.action, kind.label[Language.ENGLISH]):
            assert not re.search("[ऀ-ॿ]", part), part
        assert not re.search("None|[{}]", f"{english}{hindi}"[1:].replace("Text(", ""))
    assert kind.path(told.facts).startswith("/")


def test_only_receipts_reach_everybody_whatever_they_say() -> None:
    assert {name for name, kind in KINDS.items() if Channel.EMAIL in kind.fixed} == {"payment.captured", "refund.processed"}
    assert {name for name, kind in KINDS.items() if kind.weight is Weight.MONEY} == {"payment.captured", "refund.processed"}
    assert not {name for name, kind in KINDS.items() if Channel.PUSH in kind.fixed}


class Reading(HTMLParser):
    """The tags, and where links lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "background"}]


def parcel(*items: Item, name: str = "Asha Rao", digest: bool = False) -> Parcel:
    reader = Reader(UUID(ID), name, "asha@academy.test", Language.ENGLISH)
    return Parcel(uuid4(), reader, items, digest, ["1"], ["2"])


def certificate(title: str) -> Item:
    return Item("certificate.issued", [{"courseTitle": title, "serial": "ABCD", "certificateId": ID, "courseId": ID}])


EVIL = '"><script>alert(1)</script><a href="https://evil.test">\r\nBcc: all@academy.test\r\n'


def test_what_others_wrote_is_text_in_a_mail_and_nothing_else() -> None:
    plain = compose(parcel(certificate("Tides"), certificate("Bridges"), digest=True))
    evil = compose(parcel(certificate(EVIL), certificate(EVIL), name=EVIL, digest=True))

    assert Reading(evil.html).tags == Reading(plain.html).tags
    assert Reading(evil.html).links == Reading(plain.html).links
    assert "&lt;script&gt;" in evil.html
    assert all(link.startswith("http://127.0.0.1:3000/") for link in Reading(evil.html).links), "nothing is fetched from elsewhere"
    rejected = Item("course.rejected", [{"courseId": ID, "title": EVIL, "reason": EVIL}])
    for letter in (evil, compose(parcel(rejected))):
        assert "\n" not in letter.subject
        assert "\r" not in letter.subject


def test_a_mail_can_be_heard_and_its_colours_be_told_apart() -> None:
    html = compose(parcel(certificate("Tides"))).html

    assert re.findall("<h1[^>]*>([^<]*)</h1>", html) == ["Your certificate is ready"]
    assert html.count("<table ") == html.count('<table role="presentation"')
    for text, ground in (
        ("#111827", "#ffffff"),
        ("#1f2937", "#ffffff"),
        ("#4b5563", "#f3f4f6"),
        ("#ffffff", "#4338ca"),
        ("#4338ca", "#ffffff"),
    ):
        assert text in html
        assert _contrast(text, ground) >= 4.5
    dark = html.partition("@media")[2]
    for text, ground in (("#f3f4f6", "#1f2937"), ("#d1d5db", "#111827"), ("#a5b4fc", "#1f2937")):
        assert text in dark
        assert _contrast(text, ground) >= 4.5


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_ses_is_given_both_parts_the_headers_and_the_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    """As botocore's own model of the call has it."""
    letter = compose(parcel(certificate("Tides")))
    ses = botocore.session.get_session().create_client("sesv2", region_name="ap-south-1")
    given: dict[str, Any] = {}
    ses.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: given.update(params))
    monkeypatch.setattr(mail, "client", lambda _service: ses)

    with Stubber(ses) as stub:
        stub.add_response("send_email", {"MessageId": "1"})
        mail.send(letter)

    simple = given["Content"]["Simple"]
    assert simple["Body"]["Html"]["Data"] == letter.html
    assert simple["Body"]["Text"]["Data"] == letter.text
    assert [header["Name"] for header in simple["Headers"]] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    assert {tag["Name"] for tag in given["EmailTags"]} == {"parcel", "kind"}
    assert all(re.fullmatch("[A-Za-z0-9_-]+", tag["Value"]) for tag in given["EmailTags"])
