"""Where the local academy keeps its things and which ports it takes, all from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from infra.local.errors import LocalCloudError

REPOSITORY = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"
STACK = "academy-local"
PASSWORD = "Academy-2026!"  # of every seeded sign-in


def admin_url(port: int) -> str:
    return f"postgresql://postgres:local@127.0.0.1:{port}/academy?sslmode=disable"


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path  # state; `make reset` removes it
    cache: Path  # what was fetched or built; kept by `make reset`
    port: int
    aws_port: int
    postgres_port: int
    google_port: int
    vendors_port: int
    razorpay_port: int
    push_port: int
    database_url: str | None
    rate_limits: str
    anthropic_key: str | None
    openai_key: str | None

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        def port(name: str, default: int) -> int:
            value = environment.get(name) or str(default)
            if not value.isdigit() or not 0 < int(value) < 65536:
                raise LocalCloudError(f"{name} must be a port number between 1 and 65535, not {value!r}.")
            return int(value)

        home = Path(environment.get("ACADEMY_HOME") or REPOSITORY / ".local").expanduser().resolve()
        front = port("PORT", 3000)
        limits = environment.get("LIMITS") or "generous"
        if limits not in ("generous", "production"):
            raise LocalCloudError(f"LIMITS is either generous or production, not {limits!r}.")
        postgres_port = port("POSTGRES_PORT", front + 2433)
        database = environment.get("DATABASE_URL") or None
        if database == admin_url(postgres_port):
            database = None  # it is what `make env` prints for the embedded server
        return cls(
            home=home,
            cache=Path(environment.get("ACADEMY_CACHE") or REPOSITORY / ".local" / "cache").expanduser().resolve(),
            port=front,
            # A second academy needs only another PORT: the rest moves along.
            aws_port=port("AWS_PORT", front + 1566),
            postgres_port=postgres_port,
            google_port=port("GOOGLE_PORT", front + 1570),
            vendors_port=port("VENDORS_PORT", front + 1571),
            razorpay_port=port("RAZORPAY_PORT", front + 1572),
            push_port=port("PUSH_PORT", front + 1573),
            database_url=database,
            rate_limits=limits,
            anthropic_key=environment.get("ANTHROPIC_API_KEY") or None,
            openai_key=environment.get("OPENAI_API_KEY") or None,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def google_url(self) -> str:
        return f"http://127.0.0.1:{self.google_port}"

    @property
    def vendors_url(self) -> str:
        return f"http://127.0.0.1:{self.vendors_port}"

    @property
    def razorpay_url(self) -> str:
        return f"http://127.0.0.1:{self.razorpay_port}"

    @property
    def push_url(self) -> str:
        return f"http://127.0.0.1:{self.push_port}"

    @property
    def webhook_url(self) -> str:
        """Where the vendor's messages go."""
        return f"{self.url}/api/v1/payments/webhook"

    @property
    def razorpay_file(self) -> Path:
        """What the play-money bank knows."""
        return self.home / "razorpay.json"

    @property
    def push_file(self) -> Path:
        """The browsers that subscribed, and what they were sent."""
        return self.home / "push.json"

    @property
    def admin_database_url(self) -> str:
        """The server's administrator: who makes the two roles, and who `psql` is."""
        return self.database_url or admin_url(self.postgres_port)

    def database_url_of(self, role: str) -> str:
        """academy_app or academy_owner; a password in it says that it is not to be an IAM token."""
        server = urlsplit(self.admin_database_url)
        address = f"{server.hostname}:{server.port or 5432}"
        return urlunsplit(server._replace(netloc=f"{role}:{self.database_password}@{address}"))

    @property
    def owner_database_url(self) -> str:
        return self.database_url_of("academy_owner")

    @property
    def database_password(self) -> str:
        """Of the two roles; the embedded server does not look at it, one of your own does."""
        if self.database_url is None:
            return "local"
        file = self.home / "database-password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(18))
        return file.read_text()

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def stack_file(self) -> Path:
        """The deployed stack's outputs and resources, for the front door and the other commands."""
        return self.home / "stack.json"

    @property
    def live_file(self) -> Path:
        return self.home / "live.json"

    def aws_environment(self) -> dict[str, str]:
        """What the AWS CLI, SAM and boto3 need to talk to the local cloud, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",  # MiniStack's administrator
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
