"""A headless Chromium that a test steers: opens pages, clicks, runs scripts. By the DevTools protocol over a pipe, which needs no port and no driver."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Alone with the academy, whoever runs it: nothing is asked of anybody else."""
STEERED = (
    *QUIET,
    "--window-size=900,1000",
    "--remote-debugging-pipe",
    "--disable-features=LocalNetworkAccessChecks",  # a page that stands in was served by no address at all
)
SECONDS = 60.0
CHUNK = 1 << 16


def browser() -> str:
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    assert found, "no Chromium: .ci/run installs it, or apt-get install chromium"
    return found


class Page:
    """One tab. Everything waits until it is done, for a minute at most."""

    def __init__(self, out: int, back: int) -> None:
        self._out, self._in, self._rest, self._count = out, back, b"", 0
        self._events: list[dict[str, Any]] = []
        target = self._send("Target.createTarget", url="about:blank", to_browser=True)["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True, to_browser=True)["sessionId"]
        self._send("Page.enable")
        self._pages: dict[str, str] = {}

    def stand_in(self, url: str, document: str) -> None:
        """From now on this address answers with this document, whoever listens there: a page of that origin."""
        self._pages[url] = document
        self._send("Fetch.enable", patterns=[{"urlPattern": address} for address in self._pages])

    def open(self, url: str) -> None:
        self._events.clear()
        answer = self._send("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self._loaded()

    def run(self, script: str, **values: Any) -> Any:
        """What the script, the body of an async function, returns; `values` are its constants."""
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        answer = self._send(
            "Runtime.evaluate", expression=f"(async () => {{ {constants} {script} }})()", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, selector: str, *, loads: bool = False) -> None:
        """Where the element is seen, as a hand does it; `loads`: another page comes of it."""
        x, y = self.run(
            """const element = document.querySelector(selector);
            element.scrollIntoView({block: "center", behavior: "instant"});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];""",
            selector=selector,
        )
        self._events.clear()
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        if loads:
            self._loaded()

    def text(self, selector: str = "body") -> str:
        return str(self.run("return document.querySelector(selector).innerText", selector=selector))

    def key(self, name: str) -> None:
        """Pressed and let go, where the focus is."""
        for kind in ("keyDown", "keyUp"):
            self._send("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    def prefer(self, scheme: str) -> None:
        """light or dark."""
        self._send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def resize(self, width: int, height: int) -> None:
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._send("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def _loaded(self) -> None:
        deadline = time.monotonic() + SECONDS
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read(deadline))

    def _tell(self, method: str, *, to_browser: bool = False, **parameters: Any) -> int:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if not to_browser:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._count

    def _send(self, method: str, *, to_browser: bool = False, **parameters: Any) -> dict[str, Any]:
        number = self._tell(method, to_browser=to_browser, **parameters)
        deadline = time.monotonic() + SECONDS
        while True:
            heard = self._read(deadline)
            if heard.get("id") == number:
                assert "error" not in heard, f"{method}: {heard['error']}"
                answer: dict[str, Any] = heard["result"]
                return answer
            if "method" in heard:
                self._events.append(heard)

    def _answer(self, paused: dict[str, Any]) -> None:
        """Without waiting for the browser to say that it has it: something else is waited for already."""
        body = base64.b64encode(self._pages[paused["request"]["url"]].encode()).decode()
        headers = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
        self._tell("Fetch.fulfillRequest", requestId=paused["requestId"], responseCode=200, responseHeaders=headers, body=body)

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            got = os.read(self._in, CHUNK)
            assert got, "the browser is gone"
            self._rest += got
        message, self._rest = self._rest.split(b"\0", 1)
        heard: dict[str, Any] = json.loads(message)
        if heard.get("method") == "Fetch.requestPaused":
            self._answer(heard["params"])
        return heard


@contextmanager
def opened(profile: Path) -> Iterator[Page]:
    """The browser reads from its descriptor 3 and answers on 4."""
    heard, out = os.pipe()
    back, told = os.pipe()
    command = ["bash", "-c", f'exec "$0" "$@" 3<&{heard} 4>&{told}', browser(), *STEERED, f"--user-data-dir={profile}"]
    with (profile / "chromium.log").open("wb") as log:
        process = subprocess.Popen(command, pass_fds=(heard, told), stdout=log, stderr=log)
    os.close(heard)
    os.close(told)
    try:
        yield Page(out, back)
    finally:
        process.terminate()
        process.wait(timeout=60)
        os.close(out)
        os.close(back)
