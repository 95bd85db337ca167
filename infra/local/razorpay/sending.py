"""The stand-in's other half: time passes, and messages are sent until they are answered with 2xx."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from infra.local.razorpay.messages import Message
from infra.local.razorpay.state import STATE, State

PAUSE = 0.1  # seconds between looks
PATIENCE = 5  # seconds, as the vendor's
LONGEST_PAUSE = 60
GIVES_UP = 24 * 3600


async def running(app: web.Application) -> AsyncIterator[None]:
    """For `cleanup_ctx`."""
    state = app[STATE]
    task = asyncio.create_task(_run(state))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    state.save()


async def _run(state: State) -> None:
    async with ClientSession(timeout=ClientTimeout(total=PATIENCE)) as session:
        while True:
            state.changed = state.bank.let_time_pass() or state.changed
            await _send_due(state, session)
            state.save()
            await asyncio.sleep(PAUSE)


async def _send_due(state: State, session: ClientSession) -> None:
    if state.webhook_url is None:
        return
    for message in state.bank.messages.waiting():
        if message.due > time.time():
            return
        accepted = await _sent(message, state.webhook_url, session)
        state.changed = True
        if accepted or message.tries >= _most_tries():
            state.bank.take_messages(lambda waiting, gone=message: waiting is gone)  # type: ignore[misc]
        else:
            message.due = time.time() + min(2**message.tries, LONGEST_PAUSE)
            message.tries += 1


async def _sent(message: Message, url: str, session: ClientSession) -> bool:
    headers, body = message.signed()
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            accepted = 200 <= answer.status < 300
            told = str(answer.status)
    except (ClientError, TimeoutError) as error:
        accepted, told = False, type(error).__name__
    print(f"{time.strftime('%H:%M:%S')}  {told}  {message.kind} of {message.about}", flush=True)
    return accepted


def _most_tries() -> int:
    return GIVES_UP // LONGEST_PAUSE
