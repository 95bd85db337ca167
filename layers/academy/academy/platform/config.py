"""The environment, read once. Nothing else in the product looks at `os.environ`."""

import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Config:
    """What a deployment decides. Names are those of the template's environment variables."""

    stage: str
    database_url: str
    user_pool_id: str
    user_pool_client_id: str
    user_pool_issuer: str
    user_pool_domain_url: str
    bucket: str
    event_bus: str
    public_url: str
    allowed_origins: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    rate_limits: str
    course_generation_arn: str
    certificate_issuance_arn: str
    mail_from: str
    mail_configuration_set: str
    """By which SES tells of bounces and complaints; empty where there is none."""
    notification_secret_arn: str
    push_services: tuple[str, ...]
    """Hosts (`*.` for any before them) and origins of the push services that may be called."""
    vendor_secrets_arn: str
    razorpay_secret_arn: str
    razorpay_base_url: str
    """Another address of Razorpay's API; empty for the vendor's own."""
    payment_policy: str
    """JSON, see `payments.policy`; empty for its defaults."""
    document_tasks_function: str
    """The name of the function that draws."""
    origin_secret: str
    """What the CDN shows to prove that a call came through it; empty where there is none."""
    region: str
    academy_time_zone: str
    """Where the academy's days, weeks and months begin and end."""
    xp_pace: int
    """How many times faster than reckoned lessons may be completed within an hour before their points are held for an admin to look at."""

    @property
    def media_url(self) -> str:
        """Where public objects (thumbnails, avatars) are read: the CDN's path in front of the bucket's `media/` prefix."""
        return f"{self.public_url}/media"


def _list(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


@cache
def config() -> Config:
    env = os.environ.get
    return Config(
        stage=env("STAGE", "dev"),
        database_url=env("DATABASE_URL", ""),
        user_pool_id=env("USER_POOL_ID", ""),
        user_pool_client_id=env("USER_POOL_CLIENT_ID", ""),
        user_pool_issuer=env("USER_POOL_ISSUER", ""),
        user_pool_domain_url=env("USER_POOL_DOMAIN_URL", "").rstrip("/"),
        bucket=env("BUCKET", ""),
        event_bus=env("EVENT_BUS", ""),
        public_url=env("PUBLIC_URL", "http://127.0.0.1:3000").rstrip("/"),
        allowed_origins=_list("ALLOWED_ORIGINS"),
        redirect_uris=_list("REDIRECT_URIS"),
        rate_limits=env("RATE_LIMITS", "production"),
        course_generation_arn=env("COURSE_GENERATION_ARN", ""),
        certificate_issuance_arn=env("CERTIFICATE_ISSUANCE_ARN", ""),
        mail_from=env("MAIL_FROM", ""),
        mail_configuration_set=env("MAIL_CONFIGURATION_SET", ""),
        notification_secret_arn=env("NOTIFICATION_SECRET_ARN", ""),
        push_services=_list("PUSH_SERVICES"),
        vendor_secrets_arn=env("VENDOR_SECRETS_ARN", ""),
        razorpay_secret_arn=env("RAZORPAY_SECRET_ARN", ""),
        razorpay_base_url=env("RAZORPAY_BASE_URL", "").rstrip("/"),
        payment_policy=env("PAYMENT_POLICY", ""),
        document_tasks_function=env("DOCUMENT_TASKS_FUNCTION", ""),
        origin_secret=env("ORIGIN_SECRET", ""),
        region=env("AWS_REGION", "ap-south-1"),
        academy_time_zone=env("ACADEMY_TIME_ZONE", "Asia/Kolkata"),
        xp_pace=int(env("XP_PACE", "20")),
    )
