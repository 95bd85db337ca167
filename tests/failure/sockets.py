"""What can be at the other end of a connection: nothing, silence, the wrong words, or another server than before. All on loopback."""

import contextlib
import http.server
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@contextmanager
def nobody() -> Iterator[int]:
    """A port that refuses: bound, so that nobody else gets it, and never listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@dataclass
class Calls:
    """Who came by. `port` is where."""

    port: int
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(serve: Any) -> Iterator[Calls]:
    """Each connection is given to `serve(connection, calls)` in a thread of its own and closed when the server ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    calls = Calls(listener.getsockname()[1])
    open_ones: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def run(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the other side, or the end of the test, has closed it
            serve(connection, calls)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            thread = threading.Thread(target=run, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield calls
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(60)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in threads:
            thread.join(60)


@contextmanager
def silence() -> Iterator[Calls]:
    """Takes every connection and everything that is said to it, and never answers."""

    def swallow(connection: socket.socket, calls: Calls) -> None:
        calls.seen.append("connection")
        while connection.recv(65536):
            pass

    with listening(swallow) as calls:
        yield calls


@contextmanager
def postgres_refusing(code: str) -> Iterator[Calls]:
    """A PostgreSQL that ends every session with an error before it has begun, as one does that is starting up or has no connection left."""
    fields = b"".join(kind + value.encode() + b"\0" for kind, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", code), (b"M", "not now")))

    def refuse(connection: socket.socket, calls: Calls) -> None:
        calls.seen.append("connection")
        (length,) = struct.unpack("!i", connection.recv(4, socket.MSG_WAITALL))
        connection.recv(length - 4, socket.MSG_WAITALL)
        connection.sendall(b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0")

    with listening(refuse) as calls:
        yield calls


@dataclass
class Switch:
    """A host name whose address changes: new connections go to `target`, those that are open stay where they are."""

    target: int
    port: int = 0
    targets: list[int] = field(default_factory=list)


@contextmanager
def switch(target: int) -> Iterator[Switch]:
    one = Switch(target)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def forward(connection: socket.socket, calls: Calls) -> None:
        one.targets.append(one.target)
        with socket.create_connection(("127.0.0.1", one.target)) as upstream:
            back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
            back.start()
            pump(connection, upstream)
            back.join(60)

    with listening(forward) as calls:
        one.port = calls.port
        yield one


@contextmanager
def answering(status: int, body: str | dict[str, Any], **headers: str) -> Iterator[Calls]:
    """An HTTP server with one answer to everything. `seen` are the paths that were asked for."""
    content = (json.dumps(body) if isinstance(body, dict) else body).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                while (size := int(self.rfile.readline().split(b";")[0], 16)) > 0:
                    self.rfile.read(size + 2)
                while self.rfile.readline().strip():
                    pass
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            calls.seen.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    calls = Calls(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)
