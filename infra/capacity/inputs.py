"""The written-down numbers, as the tables of this folder have them. A name that is missing or unknown there is an error here."""

import tomllib
from dataclasses import dataclass
from datetime import date as dates
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    region: str
    date: dates
    verified: bool
    lambda_gb_second: float
    lambda_request: float
    http_api_request: float
    aurora_acu_hour: float
    aurora_gb_month: float
    aurora_million_io: float
    proxy_acu_hour: float
    nat_hour: float
    nat_gb: float
    step_transition: float
    event: float
    queue_request: float
    s3_gb_month: float
    s3_put: float
    s3_get: float
    cdn_gb: float
    cdn_request: float
    mail: float
    cognito_user: float
    cognito_free_users: int
    logs_gb: float
    alarm: float
    metric: float
    trace: float
    secret: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    sessions: float
    minutes: float
    reads: float
    writes: float
    sign_ins: float
    mails: float
    courses_completed: float
    media_mb: float
    stored_mb: float
    courses_generated: float
    lessons: int
    prompt_characters: int
    busy_hours: float
    busy_share: float
    burst: float
    warm: float
    class_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    taken: dates
    read_ms: float
    write_ms: float
    python_ms: float
    database_read_ms: float
    database_write_ms: float
    certificate_ms: float
    event_ms: float
    lesson_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    date: dates
    verified: bool
    lambda_concurrency: int
    http_api_routes: int
    http_api_requests: int
    cognito_sign_ins: int
    cognito_refreshes: int
    events: int
    step_starts: int
    mails: int
    proxy_share: float
    small_minimum_connections: int
    reserved_connections: int
    acu_cores: float
    acu_load: float
    max_connections: dict[str, int]


@dataclass(frozen=True, slots=True)
class Inputs:
    prices: Prices
    usage: Usage
    durations: Durations
    quotas: Quotas


def read() -> Inputs:
    usage = _table("usage")
    return Inputs(
        Prices(**_table("prices")),
        Usage(**usage["learner"], **usage["teaching"], **usage["shape"]),
        Durations(**_table("durations")),
        Quotas(**_table("quotas")),
    )


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())
