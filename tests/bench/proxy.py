"""A network for the bench: between the product and PostgreSQL, adding a fixed time to each round trip.

A process of its own, so that its work takes no time of the product's interpreter. What a client sends in one flush is held back as one.
"""

import select
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from academy.platform.db import connect

ROOT = Path(__file__).parents[2]
SPIN = 0.0002
"""Seconds before a deadline from which on we look at the clock instead of sleeping: a sleep may end a tenth of a millisecond late."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Network:
    """`url` leads through the proxy. Milliseconds of one round trip: straight to the server, through the proxy; `added` is the difference."""

    url: str
    straight: float
    proxied: float

    @property
    def added(self) -> float:
        return self.proxied - self.straight


@contextmanager
def network(url: str, added: float) -> Iterator[Network]:
    """A URL that leads to the same database with `added` milliseconds more a round trip; the proxy's own time is part of them."""
    straight = trip(url)
    with running(url, 0.0) as bare:
        own = trip(bare) - straight
    with running(url, max(0.0, added - own) / 1000) as proxied:
        yield Network(proxied, straight, trip(proxied))


def trip(url: str, *, samples: int = 400) -> float:
    """Median milliseconds of the shortest statement."""
    connection = connect(url)
    times = []
    for _ in range(samples):
        start = time.perf_counter()
        connection.run("select 1")
        times.append((time.perf_counter() - start) * 1000)
    connection.close()
    return statistics.median(times[samples // 10 :])


@contextmanager
def running(url: str, delay: float) -> Iterator[str]:
    server = urlsplit(url)
    command = [sys.executable, "-m", "tests.bench.proxy", str(server.hostname), str(server.port or 5432), repr(delay)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise AssertionError("asked for above")
        port = int(process.stdout.readline())
        login = f"{server.username}{f':{server.password}' if server.password else ''}"
        yield urlunsplit(server._replace(netloc=f"{login}@127.0.0.1:{port}"))
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _wait_until(deadline: float) -> None:
    rest = deadline - time.perf_counter()
    if rest > SPIN:
        time.sleep(rest - SPIN)
    while time.perf_counter() < deadline:
        pass


def _relay(client: socket.socket, server: socket.socket, delay: float) -> None:
    """Both ways until one side closes; what the client sends waits, what the server answers does not."""
    with client, server:
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll = select.poll()
        for side in (client, server):
            poll.register(side, select.POLLIN)
        while True:
            for ready, _ in poll.poll():
                if ready == server.fileno():
                    data = server.recv(CHUNK)
                    client.sendall(data)
                else:
                    arrived = time.perf_counter()
                    data = client.recv(CHUNK)
                    if data and delay:
                        _wait_until(arrived + delay)
                        while select.select([client], [], [], 0)[0] and (more := client.recv(CHUNK)):
                            data += more
                    server.sendall(data)
                if not data:
                    return


def main() -> None:
    host, port, delay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            server = socket.create_connection((host, port))
            threading.Thread(target=_relay, args=(client, server, delay), daemon=True).start()


if __name__ == "__main__":
    main()
