"""System: is it alive, is it ready, and what is its contract."""

from pathlib import Path
from typing import Any

from academy.platform import health
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Api, Request, View, ok, public

api = Api("system", tag="System")
handler = api.handler

CONTRACT = Path(__file__).parent / "contract"
PAGE = Path(__file__).parent / "docs.html"
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASSETS = {"swagger-ui.min.css": "text/css", "swagger-ui-bundle.min.js": "text/javascript", "start.js": "text/javascript"}
DEMO = Path(__file__).parent / "demo"
DEMO_POLICY = DOCS_POLICY.replace(" 'unsafe-inline'", "")
DEMOS = {
    "leaderboard": ("leaderboard.html", "text/html"),
    "badges": ("badges.html", "text/html"),
    **{name: (name, "text/javascript") for name in ("demo.js", "leaderboard.js", "badges.js")},
    "demo.css": ("demo.css", "text/css"),
}
A_DAY = "public, max-age=86400"


class HealthView(View):
    """`status` is `ok`."""

    status: str
    stage: str


class ReadinessView(HealthView):
    """Each thing the academy depends on, by name."""

    checks: dict[str, str]


@api.get("/health", access=public(limit=None), answers=HealthView, etag=False)
def get_health(request: Request) -> Answer:
    """The function runs."""
    return ok(HealthView(status="ok", stage=health.stage()))


@api.get("/health/ready", access=public(limit=None), answers=ReadinessView, etag=False, errors=[503])
def get_readiness(request: Request) -> Answer:
    """Database, bucket and event bus answer; 503 names the first that does not."""
    return ok(ReadinessView(status="ok", stage=health.stage(), checks=health.check(request.work)))


@api.get("/openapi.json", access=public(limit=None), public_cache=True)
def get_openapi(request: Request) -> Answer:
    """The OpenAPI document."""
    return Answer(body=(CONTRACT / "openapi.json").read_text())


@api.get("/postman.json", access=public(limit=None), public_cache=True)
def get_postman(request: Request) -> Answer:
    """The same as a Postman collection."""
    return Answer(body=(CONTRACT / "postman.json").read_text())


@api.get("/docs", access=public(limit=None), media_type="text/html", public_cache=True)
def get_docs(request: Request) -> Answer:
    """The contract to read and try (Swagger UI)."""
    return Answer(body=PAGE.read_text(), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": DOCS_POLICY})


@api.get("/docs/{asset}", access=public(limit=None), media_type="text/*", public_cache=True)
def get_docs_asset(request: Request, asset: str) -> Answer:
    """What the page of the documentation needs."""
    if asset not in ASSETS:
        raise NotFound("asset")
    folder = PAGE.parent if asset == "start.js" else _swagger_ui()
    return Answer(body=(folder / asset).read_text(), content_type=f"{ASSETS[asset]}; charset=utf-8", headers={"Cache-Control": A_DAY})


@api.get("/docs/demo/{page}", access=public(limit=None), media_type="text/*", public_cache=True)
def get_demo(request: Request, page: str) -> Answer:
    """A page that shows how a frontend uses the API (`leaderboard`, `badges`), and what it needs."""
    if page not in DEMOS:
        raise NotFound("page")
    file, kind = DEMOS[page]
    return Answer(body=(DEMO / file).read_text(), content_type=f"{kind}; charset=utf-8", headers={"Content-Security-Policy": DEMO_POLICY})


def _swagger_ui() -> Any:
    """Swagger UI as Powertools ships it: nothing is fetched from elsewhere."""
    from importlib.resources import files

    return files("aws_lambda_powertools.event_handler.openapi") / "swagger_ui"
