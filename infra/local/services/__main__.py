"""One process for everything around the academy: `python -m infra.local.services`."""

import asyncio
import importlib
import os
import signal
from contextlib import suppress

from aiohttp import web

from infra.local.push.app import create_app as push_app
from infra.local.razorpay.app import create_app as razorpay_app
from infra.local.services import front_door, google
from infra.local.settings import Settings


async def serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    door = front_door.create_app(settings, quiet=bool(os.environ.get("QUIET")))
    runners = [
        await _start(google.Issuer(settings.google_url).app(), settings.google_port),
        await _start(vendor_app(), settings.vendors_port),
        await _start(razorpay_app(file=settings.razorpay_file, webhook_url=settings.webhook_url), settings.razorpay_port),
        await _start(push_app(file=settings.push_file), settings.push_port),
        await _start(door, settings.port),  # last: whoever sees it may use everything
    ]
    parent = os.getppid()
    while os.getppid() == parent and not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), timeout=2)
    for runner in runners:
        await runner.cleanup()


def vendor_app() -> web.Application:
    """Claude, DALL·E and the others' stand-ins."""
    try:
        module = importlib.import_module("infra.local.vendors.app")
    except ModuleNotFoundError:
        return web.Application()
    application: web.Application = module.create_app()
    return application


async def _start(app: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    return runner


if __name__ == "__main__":
    asyncio.run(serve(Settings.read()))
