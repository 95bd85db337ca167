"""The door that a stand-in has beside its API, for tests and people: is it there, what is to go wrong, which calls did it get."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web


class UnknownFaultError(ValueError):
    pass


class Faults(Protocol):
    """What was ordered to go wrong, each order a dataclass."""

    def order(self, wanted: list[dict[str, Any]]) -> None:
        """All of it or nothing. Raises UnknownFaultError; KeyError, TypeError or ValueError where something is missing or is not what it should be."""

    def clear(self) -> None: ...

    def pending(self) -> Sequence[Any]: ...


class Memory(Protocol):
    """Of a stand-in while it runs. Its calls are dataclasses; whoever waits on purpose waits for `closing`."""

    @property
    def faults(self) -> Faults: ...

    @property
    def calls(self) -> list[Any]: ...

    @property
    def closing(self) -> asyncio.Event: ...


class Door:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add_to(self, app: web.Application) -> None:
        app.on_shutdown.append(self._let_go)
        route = app.router
        route.add_get("/_health", self._health)
        route.add_get("/_faults", self._list_faults)
        route.add_post("/_faults", self._order_faults)
        route.add_delete("/_faults", self._clear_faults)
        route.add_get("/_calls", self._list_calls)
        route.add_delete("/_calls", self._forget_calls)

    async def _let_go(self, _: web.Application) -> None:
        """Answers that were ordered never to come would hold up the end of the server."""
        self._memory.closing.set()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _list_faults(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(order) for order in self._memory.faults.pending()])

    async def _order_faults(self, request: web.Request) -> web.Response:
        try:
            self._memory.faults.order(await request.json())
        except (UnknownFaultError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self._list_faults(request)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._memory.faults.clear()
        return web.Response(status=204)

    async def _list_calls(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in self._memory.calls])

    async def _forget_calls(self, _: web.Request) -> web.Response:
        self._memory.calls.clear()
        return web.Response(status=204)
