"""The link of a mail, followed by people and by mail programs."""

import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest

from academy.community.unsubscribing import token_for
from academy.platform.mail import Mail
from tests.api import Client
from tests.factories import Factory
from tests.integration.community.telling import badge, certificate, deliver, payment

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Outline(HTMLParser):
    """What a program that reads aloud goes by: the language, headings, and what can be pressed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.said: dict[str, str] = {}
        self.form: dict[str, str | None] = {}
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        if tag == "html":
            self.language = dict(attrs)["lang"]
        if tag == "form":
            self.form = dict(attrs)
        assert tag not in ("script", "img", "iframe")

    def handle_data(self, data: str) -> None:
        self.said[self._in] = self.said.get(self._in, "") + data.strip()


def link_of(letter: Mail) -> str:
    found = re.fullmatch(r"<http://127\.0\.0\.1:3000/api/v1(/notifications/unsubscribe\?token=[\w-]+)>", letter.headers["List-Unsubscribe"])
    assert found is not None, letter.headers
    return found[1]


def mailed(client: Client, user: dict[str, Any]) -> dict[str, bool]:
    return {each["kind"]: each["channels"]["email"]["on"] for each in client.get("/notifications/preferences", user=user).data["kinds"]}


def test_one_click_in_the_mail_program_ends_mails_of_the_kind(client: Client, make: Factory, letters: list[Mail]) -> None:
    student, other = make.user(), make.user()
    deliver(certificate(student), queues=("email",))
    link = link_of(letters[0])
    before = mailed(client, student)

    for _ in range(2):
        assert client.post(link, raw="List-Unsubscribe=One-Click", headers=FORM).status == 200

    assert mailed(client, student) == {**before, "certificate.issued": False}
    assert mailed(client, other) == before
    deliver(certificate(student), payment(student), queues=("email",))
    assert [letter.subject for letter in letters[1:]] == ["You are in"], "receipts come all the same"
    assert "List-Unsubscribe" not in letters[1].headers
    noted = make.rows("select actor_id, target_id, after from audit_log where action = 'notifications.unsubscribe'")
    assert [(row["actor_id"], row["target_id"]) for row in noted] == [(None, str(student["id"]))] * 2


def test_following_the_link_only_asks_and_its_button_does_it(client: Client, make: Factory) -> None:
    student = make.user()
    client.put("/notifications/preferences", {"language": "hi"}, user=student)
    link = f"/notifications/unsubscribe?token={token_for(UUID(str(student['id'])), 'badge.earned')}"

    asked = client.get(link)
    assert mailed(client, student)["badge.earned"] is True, "programs that look for harm follow links, too"
    page = Outline(asked.text)
    assert (asked.status, page.language) == (200, "hi")
    assert "नए बैज" in page.said["h1"]
    assert page.said["button"]
    assert asked.headers["Content-Security-Policy"].endswith("form-action 'self'; frame-ancestors 'none'")
    assert (page.form["method"], page.form["action"]) == ("post", link.removeprefix("/notifications/unsubscribe"))

    done = client.post(link, raw="List-Unsubscribe=One-Click", headers=FORM)
    assert done.status == 200
    assert Outline(done.text).form == {}
    assert mailed(client, student)["badge.earned"] is False


def test_a_mail_of_everything_ends_everything_but_receipts(client: Client, make: Factory) -> None:
    student = make.user()

    client.post(f"/notifications/unsubscribe?token={token_for(UUID(str(student['id'])), 'all')}", raw="", headers=FORM)

    assert {kind for kind, on in mailed(client, student).items() if on} == {"payment.captured", "refund.processed"}


@pytest.mark.parametrize("kind", ["payment.captured", "no.such_kind"])
def test_a_link_that_can_not_be_used_says_so_and_repeats_nothing(client: Client, make: Factory, kind: str) -> None:
    student = make.user()
    whole = token_for(UUID(str(student["id"])), "badge.earned")
    unusable = token_for(UUID(str(student["id"])), kind)

    for token in (whole[:-3], f"{whole}<b>", "", unusable):
        for reply in (client.post("/notifications/unsubscribe", query={"token": token}, raw="x", headers=FORM),):
            assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
            assert token == "" or token not in reply.text
    assert client.get("/notifications/unsubscribe", query={"token": whole[:-3]}).status == 404
    assert client.get("/notifications/unsubscribe", query={"token": "x" * 500}).status == 400
    assert mailed(client, student)["badge.earned"] is True


def test_badges_mail_bears_its_kinds_link(client: Client, make: Factory, letters: list[Mail]) -> None:
    from academy.community.email import sending
    from academy.platform.db import database

    student = make.user()
    deliver(badge(student), queues=("email",))
    make.execute("update deliveries set due_at = now()")
    sending.send_due(database())

    client.post(link_of(letters[0]), raw="List-Unsubscribe=One-Click", headers=FORM)
    assert mailed(client, student)["badge.earned"] is False
