"""Mail by SES."""

from dataclasses import dataclass
from html import escape

from academy.platform.aws import client
from academy.platform.config import config


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; the HTML part is made of the text."""

    to: str
    subject: str
    text: str


def send(mail: Mail) -> None:
    """Raises botocore's ClientError; the queue tries again."""
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in mail.text.split("\n\n"))
    client("sesv2").send_email(
        FromEmailAddress=config().mail_from,
        Destination={"ToAddresses": [mail.to]},
        Content={
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": "UTF-8"},
                    "Html": {"Data": f'<html lang="en"><body>{paragraphs}</body></html>', "Charset": "UTF-8"},
                },
            }
        },
    )


def _linked(paragraph: str) -> str:
    safe = escape(paragraph)
    return f'<a href="{safe}">{safe}</a>' if paragraph.startswith(("http://", "https://")) else safe
