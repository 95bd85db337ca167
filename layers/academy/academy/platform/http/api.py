"""The routes of one Lambda: declared, matched, admitted, bound, run in one unit of work, answered.

Routing is Powertools'. Its validation is not used: it would run before admission (an anonymous caller's bad body must get 401, not 422),
re-validate what PostgreSQL has built, and cost more to import than the database driver. See docs/decisions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from academy.platform.http.access import Access
from academy.platform.http.answers import Answer
from academy.platform.http.binding import Binding

PREFIXES = ["/api/v1", "/api"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route's declaration: what serves it, who may call it, and what the OpenAPI document says of it."""

    method: str
    path: str
    function: Callable[..., Answer]
    binding: Binding
    access: Access
    status: int
    answers: Any
    paged: bool
    media_type: str
    errors: tuple[int, ...]
    public_cache: bool
    etag: bool
    writes: bool
    idempotent: bool
    at_once: bool
    tag: str
    prefixed: bool

    @property
    def operation_id(self) -> str:
        return self.function.__name__


class Api:
    """`api = Api("catalog")`, then `@api.get(...)` beside each route; the module's `handler = api.handler`."""

    def __init__(self, group: str, *, tag: str | None = None) -> None:
        self.group = group
        self.tag = tag or group.capitalize()
        self.endpoints: list[Endpoint] = []
        self._fixed: dict[str, list[str]] = {}
        """Paths without parameters and their methods: `/progress/section` is an address of its own and no value of `/progress/{user_id}`."""
        self._resolver = APIGatewayHttpResolver(strip_prefixes=list(PREFIXES))
        self._resolver.not_found(self._not_found)

    def route(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        answers: Any = None,
        status: int = 200,
        paged: bool = False,
        media_type: str = "application/json",
        errors: Sequence[int] = (),
        public_cache: bool = False,
        etag: bool | None = None,
        writes: bool | None = None,
        idempotent: bool | None = None,
        at_once: bool = False,
        tag: str | None = None,
        prefixed: bool = True,
    ) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        """Declare a route.

        Args:
            path: OpenAPI form (`/courses/{id}`), below the API's prefix unless `prefixed` is false.
            access: who may call it.
            answers: the View of `data` (of one item when `paged`), None for no body.
            errors: statuses besides those that follow from the declaration (400, 401, 403, 404, 412, 429, 503).
            public_cache: anonymous answers may be cached by everybody.
            etag: strong ETag and If-None-Match; by default on every GET of JSON.
            writes: the unit of work is a transaction; by default for everything but GET.
            idempotent: honours Idempotency-Key; by default on every POST.
            at_once: its one writing statement, or several `together`, commits by itself, without a transaction around it (unless there is an
                Idempotency-Key).
                It writes its events to the outbox itself. If its answer is lost it is not run again: the client is told 503 and decides.
        """

        def declare(function: Callable[..., Answer]) -> Callable[..., Answer]:
            endpoint = Endpoint(
                method=method,
                path=path,
                function=function,
                binding=Binding(function),
                access=access,
                status=status,
                answers=answers,
                paged=paged,
                media_type=media_type,
                errors=tuple(errors),
                public_cache=public_cache,
                etag=(method == "GET" and media_type == "application/json") if etag is None else etag,
                writes=method != "GET" if writes is None else writes,
                idempotent=method == "POST" if idempotent is None else idempotent,
                at_once=at_once,
                tag=tag or self.tag,
                prefixed=prefixed,
            )
            self.endpoints.append(endpoint)
            if not endpoint.binding.path:
                self._fixed.setdefault(path, []).append(method)
            self._resolver.route(path.replace("{", "<").replace("}", ">"), method=[method])(self._runner(endpoint))
            return function

        return declare

    def get(self, path: str, **options: Any) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self.route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self.route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self.route("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
        return self.route("DELETE", path, **options)

    def handler(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The Lambda's handler (API Gateway HTTP API, payload format 2.0)."""
        return self._resolver.resolve(event, context)

    def _runner(self, endpoint: Endpoint) -> Callable[..., Response[Any]]:
        from academy.platform.http.edge import serve, serve_unrouted

        def run(**path: str) -> Response[Any]:
            event = self._resolver.current_event
            if path and (methods := self._fixed.get(_without_prefix(event.path))):
                return serve_unrouted(event.raw_event, sorted(methods))
            return serve(endpoint, event.raw_event, path)

        run.__name__ = endpoint.function.__name__
        return run

    def _not_found(self, _: Exception) -> Response[Any]:
        from academy.platform.http.edge import serve_unrouted

        event = self._resolver.current_event
        path = _without_prefix(event.path)
        routes = (*self._resolver._dynamic_routes, *self._resolver._static_routes)
        allowed = self._fixed.get(path) or {route.method for route in routes if route.rule.match(path)}
        return serve_unrouted(event.raw_event, sorted(allowed))


def _without_prefix(path: str) -> str:
    return next((path[len(prefix) :] for prefix in PREFIXES if path.startswith(f"{prefix}/")), path)
