"""The token in a mail's link: ours alone, and nothing of a person in it."""

from uuid import UUID, uuid4

import pytest

from academy.community import secret
from academy.community.unsubscribing import BadToken, Leaving, headers_for, link_for, read_token, token_for

USER = UUID("0190b6f0-8d7a-7c3e-9f2b-1c2d3e4f5a6b")


def test_a_token_tells_who_and_which_kind_and_stays_the_same() -> None:
    token = token_for(USER, "certificate")

    assert token == token_for(USER, "certificate")
    assert read_token(token) == Leaving(USER, "certificate")
    assert len({token, token_for(USER, "badge"), token_for(uuid4(), "certificate")}) == 3


def test_a_token_that_was_touched_anywhere_is_none() -> None:
    token = token_for(USER, "badge")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for at, letter in enumerate(token[:-1]):
        other = alphabet[(alphabet.index(letter) + 1) % 64]
        with pytest.raises(BadToken):
            read_token(token[:at] + other + token[at + 1 :])
    for wrong in ("", "x", token[:-4], token + "AAAA", token[4:], "ä", token + "\0", " " + token, "=" * 40, "A" * 5000):
        with pytest.raises(BadToken):
            read_token(wrong)


def test_another_secret_made_other_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_for(USER, "badge")
    monkeypatch.setattr(secret, "read", lambda: "another")
    secret.forget()
    try:
        with pytest.raises(BadToken):
            read_token(token)
    finally:
        secret.forget()


def test_what_a_mail_program_needs_for_its_own_button() -> None:
    link = link_for(USER, "badge")

    assert headers_for(USER, "badge") == {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert link.startswith("http://127.0.0.1:3000/api/v1/notifications/unsubscribe?token=")
    assert str(USER) not in link
    with pytest.raises(ValueError, match="no kind"):
        token_for(USER, "A kind\r\nBcc: somebody")
