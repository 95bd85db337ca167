import pytest

from academy.platform import mail
from academy.platform.mail import Mail
from tests.push import browsers, push_service

__all__ = ["browsers", "letters", "push_service"]


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Mail]:
    """The mails that were sent during the test; stands in for SES."""
    sent: list[Mail] = []
    monkeypatch.setattr(mail, "send", sent.append)
    return sent
