"""The front door plays the CDN: one address that forwards to the deployed HTTP API."""

import html
import json
import time
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from yarl import URL

from infra.local import stack
from infra.local.settings import Settings

HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "host", "content-length",
    }
)  # fmt: skip
FORWARDED = ("/api/", "/verify/", "/.well-known/")
LARGEST_BODY = 10 * 1024 * 1024  # the gateway's own limit

SESSION = web.AppKey("session", ClientSession)


class Target:
    """What is deployed, read again when a deployment has changed it."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.stack_file
        self._aws_url = settings.aws_url
        self._s3 = stack.client(settings, "s3")
        self._read_at = 0.0
        self._outputs: dict[str, str] = {}

    def outputs(self) -> dict[str, str]:
        modified = self._file.stat().st_mtime if self._file.exists() else 0.0
        if modified != self._read_at:
            self._read_at = modified
            self._outputs = json.loads(self._file.read_text())["outputs"] if modified else {}
        return self._outputs

    def api(self) -> str | None:
        api_id = self.outputs().get("ApiId")
        return f"{self._aws_url}/_aws/execute-api/{api_id}/$default" if api_id else None

    def media(self, key: str) -> str | None:
        """A signed link to an object: the bucket is as private here as it is behind the CDN."""
        bucket = self.outputs().get("BucketName")
        if bucket is None:
            return None
        parameters = {"Bucket": bucket, "Key": key}
        link: str = self._s3.generate_presigned_url("get_object", Params=parameters, ExpiresIn=60)
        return link


TARGET = web.AppKey("target", Target)


def create_app(settings: Settings, *, quiet: bool = False) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[] if quiet else [log_line])
    app[TARGET] = Target(settings)
    app.cleanup_ctx.append(_client)
    app.router.add_get("/", lambda _request: _redirect("/api/v1/docs"))
    app.router.add_get("/media/{key:.+}", show_media)
    app.router.add_get("/auth/callback", show_code)
    app.router.add_route("*", "/{path:.*}", forward)
    return app


async def _redirect(location: str) -> web.Response:
    raise web.HTTPFound(location)


async def _client(app: web.Application) -> Any:
    timeout = ClientTimeout(total=None, connect=5, sock_read=60)
    async with ClientSession(timeout=timeout, auto_decompress=False, connector=TCPConnector(limit=0)) as session:
        app[SESSION] = session
        yield


@web.middleware
async def log_line(request: web.Request, handler: Any) -> web.StreamResponse:
    began = time.perf_counter()
    status = 500
    try:
        response: web.StreamResponse = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        took = (time.perf_counter() - began) * 1000
        print(f"{time.strftime('%H:%M:%S')}  {status}  {request.method:<6} {request.raw_path}  {took:.0f} ms", flush=True)


async def forward(request: web.Request) -> web.StreamResponse:
    base = request.app[TARGET].api()
    if not request.path.startswith(FORWARDED):
        return _refusal(404, "NOT_FOUND", f"The academy has nothing at {request.path}; its API starts at /api/v1.")
    if base is None:
        return _refusal(503, "TEMPORARILY_UNAVAILABLE", "The academy is not deployed yet; try again in a few seconds.")
    headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
    headers["X-Forwarded-For"] = request.remote or "127.0.0.1"  # as the gateway sees it, whatever the client claims
    headers["X-Forwarded-Proto"] = request.scheme
    headers["X-Forwarded-Host"] = request.host
    return await _relay(request, base + request.raw_path, headers)


async def show_code(request: web.Request) -> web.Response:
    """Where a sign-in ends when no frontend is there to take it over."""
    shown = "".join(f"<dt>{html.escape(name)}<dd><code>{html.escape(value)}</code>" for name, value in request.query.items())
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title><body><h1>You came back from the sign-in page</h1>'
        f"<p>A frontend would now send this code, with its verifier, to <code>POST /api/v1/auth/token</code>.<dl>{shown}</dl></body></html>"
    )
    return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


async def show_media(request: web.Request) -> web.StreamResponse:
    link = request.app[TARGET].media(f"media/{request.match_info['key']}")
    if link is None:
        return _refusal(503, "TEMPORARILY_UNAVAILABLE", "The academy is not deployed yet; try again in a few seconds.")
    wanted = {name: value for name, value in request.headers.items() if name.lower() in ("range", "if-none-match", "if-modified-since")}
    return await _relay(request, link, wanted)


async def _relay(request: web.Request, url: str, headers: dict[str, str]) -> web.StreamResponse:
    body = await request.read() if request.body_exists else None
    try:
        async with request.app[SESSION].request(
            request.method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_BY_HOP - {"content-length"} and not name.lower().startswith("x-amz"):
                    response.headers.add(name, value)
            await response.prepare(request)
            if request.method != "HEAD":
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            await response.write_eof()
            return response
    except ClientError:
        return _refusal(503, "TEMPORARILY_UNAVAILABLE", "The local cloud does not answer; try again in a few seconds.")


def _refusal(status: int, code: str, sentence: str) -> web.Response:
    body = {"error": sentence, "code": code, "details": [], "requestId": ""}
    headers = {"Retry-After": "5"} if status == 503 else {}
    return web.json_response(body, status=status, headers=headers)
