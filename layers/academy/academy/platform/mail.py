"""Mail by SES."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from academy.platform.aws import client
from academy.platform.config import config


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `tags` come back with what SES tells of it: names and values of letters, digits, `-` and `_`."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def send(mail: Mail) -> None:
    """Raises botocore's ClientError; the queue tries again."""
    told_of = config().mail_configuration_set
    client("sesv2").send_email(
        FromEmailAddress=config().mail_from,
        Destination={"ToAddresses": [mail.to]},
        Content={
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}, "Html": {"Data": mail.html, "Charset": "UTF-8"}},
                "Headers": [{"Name": name, "Value": value} for name, value in mail.headers.items()],
            }
        },
        EmailTags=[{"Name": name, "Value": value} for name, value in mail.tags.items()],
        **({"ConfigurationSetName": told_of} if told_of else {}),
    )
