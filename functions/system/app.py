"""System: is it alive, is it ready, and what is its contract."""

from academy.platform import health
from academy.platform.http import Answer, Api, Request, View, ok, public

api = Api("system")
handler = api.handler


class HealthView(View):
    """`status` is `ok`; the checks, where there are any, by name."""

    status: str
    stage: str


class ReadinessView(HealthView):
    checks: dict[str, str]


@api.get("/health", access=public(limit=None), answers=HealthView, etag=False)
def get_health(request: Request) -> Answer:
    """The function runs."""
    return ok(HealthView(status="ok", stage=health.stage()))


@api.get("/health/ready", access=public(limit=None), answers=ReadinessView, etag=False, errors=[503])
def get_readiness(request: Request) -> Answer:
    """Database, bucket and queue answer. 503 with the name of the one that does not."""
    return ok(ReadinessView(status="ok", stage=health.stage(), checks=health.check(request.work)))
