"""Where everything of the running academy is: for people (the table), and for shells (`make env`)."""

import shlex
from urllib.parse import urlsplit

from infra.local.settings import PASSWORD, Settings
from infra.local.stack import Stack

SIGN_INS = (
    ("admin@academy.test", "administrator"),
    ("instructor1@academy.test …", "instructors"),
    ("student1@academy.test …", "students"),
)


def variables(settings: Settings, stack: Stack) -> dict[str, str]:
    url = settings.admin_database_url
    server = urlsplit(url)
    outputs = stack.outputs
    return {
        "ACADEMY_URL": settings.url,
        "API_URL": f"{settings.url}/api/v1",
        "DATABASE_URL": url,
        "PGHOST": server.hostname or "",
        "PGPORT": str(server.port or 5432),
        "PGUSER": server.username or "",
        "PGPASSWORD": server.password or "",
        "PGDATABASE": server.path.lstrip("/"),
        **settings.aws_environment(),
        "USER_POOL_ID": outputs["UserPoolId"],
        "USER_POOL_CLIENT_ID": outputs["UserPoolClientId"],
        "USER_POOL_ISSUER": outputs["UserPoolIssuer"],
        "BUCKET": outputs["BucketName"],
        "EVENT_BUS": outputs["EventBusName"],
        "INBOX_URL": f"{settings.aws_url}/_ministack/ses/messages",
        "GOOGLE_URL": settings.google_url,
        "VENDORS_URL": settings.vendors_url,
        "RAZORPAY_URL": settings.razorpay_url,
        "PUSH_URL": settings.push_url,
    }


def lines(settings: Settings, stack: Stack) -> str:
    """KEY=value for a shell to evaluate; the last line hands them to the programs it starts."""
    values = variables(settings, stack)
    return "\n".join([*(f"{key}={shlex.quote(value)}" for key, value in values.items()), f"export {' '.join(values)}"])


def table(settings: Settings, seconds: float) -> str:
    vendors = [f"{settings.vendors_url} (stand-ins)"]
    if settings.anthropic_key or settings.openai_key:
        real = [name for name, key in (("Claude", settings.anthropic_key), ("OpenAI", settings.openai_key)) if key]
        vendors = [f"{' and '.join(real)}: the real one, with your key"] + ([] if len(real) == 2 else vendors)
    rows = [
        ("Academy", settings.url),
        ("API", f"{settings.url}/api/v1   documentation: {settings.url}/api/v1/docs"),
        ("Database", settings.admin_database_url),
        ("AWS", f'{settings.aws_url}   (eval "$(make -s env)" for aws and psql)'),
        ("Inbox", f"{settings.aws_url}/_ministack/ses/messages   (make inbox)"),
        ("Google", settings.google_url),
        *(("Vendors", line) for line in vendors),
        ("Razorpay", f"{settings.razorpay_url}/pay/<razorpayOrderId>   (play money)"),
        ("Push", f"{settings.push_url}/_subscriptions   (browsers that subscribe)"),
        ("Logs", f"{settings.logs}   (make logs)"),
    ]
    rows += [("Sign-in", f"{email:<28} {PASSWORD}   {what}") for email, what in SIGN_INS]
    body = "\n".join(f"  {name:<9} {value}" for name, value in rows)
    return f"\nThe academy runs ({seconds:.0f} s). Ctrl-C stops it.\n\n{body}\n"
