"""Starts the whole academy, keeps it up, and stops it in order."""

import fcntl
import json
import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from infra.local import build, functions, package, postgres, stack
from infra.local.errors import LocalCloudError
from infra.local.processes import Service, listening, require_free
from infra.local.razorpay.entities import KEY_ID, KEY_SECRET, WEBHOOK_SECRET
from infra.local.settings import REPOSITORY, Settings
from infra.local.tools import ensure_tool, require_python

ROOM = 2 * 1024**3  # bytes: tools, builds and a small database


LONG_LOG = 20 * 1024**2
MAIL_FROM = "academy@academy.test"
PUSH_SERVICES = "fcm.googleapis.com,*.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com"
"""Those of a browser of one's own; the stand-in comes with them."""


class Progress:
    """One line per step: what is being done, and how long it took."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._live = sys.stdout.isatty()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        if self._live:
            print(f"         {what} …", end="\r", flush=True)
        yield
        print(f"{time.monotonic() - began:6.1f} s  {what}  ", flush=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


class Academy:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.progress = Progress()
        self._running = ExitStack()
        self._services: list[Service] = []

    def start(self) -> stack.Stack:
        settings = self.settings
        require_python()
        settings.home.mkdir(parents=True, exist_ok=True)
        settings.logs.mkdir(parents=True, exist_ok=True)
        was_killed = self._running.enter_context(only_one(settings))
        self._require_room()
        if was_killed:
            self._wait_for_orphans()
        self._require_ports()
        with self.progress.step("Tools"):
            for tool in ("ministack", "functions"):
                ensure_tool(settings, tool)
        with self.progress.step("PostgreSQL"):
            if settings.database_url is None:
                self._start_postgres()
            else:
                _require_database(settings.database_url)
        with self.progress.step("Local AWS"):
            self._start_ministack()
        deployed = self._deploy()
        # A function's cold start with Alembic takes a while: only what has changed since is worth it.
        migrated, state = settings.home / "migrated", f"{settings.database_url} {deployed.version}"
        if not migrated.exists() or migrated.read_text() != state:
            with self.progress.step("Database schema"):
                self._migrate(deployed)
            migrated.write_text(state)
        self._set_up_account(deployed)
        with self.progress.step("Front door"):
            self._start_services()
        with self.progress.step("Seed data"):
            from infra.local.seed import local as seeds

            seeds.seed(settings, deployed)
        return deployed

    def stop(self) -> None:
        self._running.close()

    def watch(self) -> None:
        """Returns only by an exception: an interruption, or a service that ended by itself."""
        while True:
            time.sleep(0.5)
            for service in self._services:
                if not service.running:
                    raise LocalCloudError(f"{service.name} ended unexpectedly; its log is in {self.settings.logs}.")

    def _wait_for_orphans(self) -> None:
        """What a killed run left behind notices within seconds that it is alone, and ends."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and any(map(listening, (self.settings.port, self.settings.aws_port))):
            time.sleep(0.2)

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.settings.home).free
        if free < ROOM:
            raise LocalCloudError(
                f"Only {free / 1024**3:.1f} GB are free where {self.settings.home} is, and the academy needs 2: "
                "make room, or set ACADEMY_HOME and ACADEMY_CACHE to another disk."
            )

    def _require_ports(self) -> None:
        settings = self.settings
        require_free(settings.port, name="the academy's address", variable="PORT")
        require_free(settings.aws_port, name="the local AWS", variable="AWS_PORT")
        require_free(settings.google_port, name="the local Google", variable="GOOGLE_PORT")
        require_free(settings.vendors_port, name="the stand-ins of Claude and DALL·E", variable="VENDORS_PORT")
        require_free(settings.razorpay_port, name="the stand-in of Razorpay", variable="RAZORPAY_PORT")
        require_free(settings.push_port, name="the stand-in of browsers' push services", variable="PUSH_PORT")

    def _start_postgres(self) -> None:
        settings = self.settings
        folder = postgres.server_folder(settings.home)
        server = postgres.Server(postgres.ensure_binaries(settings.cache), folder / "postgres" / "data", settings.postgres_port)
        server.stop()  # one that a killed run left behind would hold the port
        require_free(settings.postgres_port, name="the database", variable="POSTGRES_PORT")
        self._running.callback(server.stop)
        server.start()
        server.ensure_database("academy")

    def _start_ministack(self) -> None:
        settings = self.settings
        state = settings.home / "aws"
        scratch = state / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        _tidy(state / "unpacked", settings.logs)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(state),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(settings.aws_port),
            "MINISTACK_HOST": "127.0.0.1",
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "LOCAL_FUNCTION_PYTHON": str(ensure_tool(settings, "functions") / "python"),
            "LOCAL_UNPACKED": str(state / "unpacked"),
            "LOCAL_LIVE": str(settings.live_file),
            "LOCAL_LOGS": str(settings.logs),
            "LOCAL_GOOGLE_ISSUER": settings.google_url,
            "LOCAL_CONFIRM": "automatic",
            **{key: value for key, value in settings.aws_environment().items() if key.endswith("REGION")},
        }
        python = ensure_tool(settings, "ministack") / "python"
        service = self._service("Local AWS", [python, "-m", "infra.local.ministack.patches"], environment, log=settings.logs / "aws.log")
        service.wait_until(lambda: _answers(f"{settings.aws_url}/_ministack/health"), seconds=60)

    def _deploy(self) -> stack.Stack:
        settings = self.settings
        parameters = self._parameters()
        version = build.source_hash()
        stamp = f"{version} {json.dumps(parameters, sort_keys=True)}"
        deployed = stack.Stack.load(settings)
        if deployed is None or deployed.version != stamp or not stack.exists(settings):
            stack.ensure_artifact_bucket(settings)
            with self.progress.step("Functions and layers (sam build)"), build.built(settings) as template:
                packaged = package.package(settings, template)
            with self.progress.step("Deployment (CloudFormation)"):
                deployed = stack.deploy(settings, packaged, parameters, stamp)
        settings.live_file.write_text(build.live_sources(deployed.resources))
        return deployed

    def _migrate(self, deployed: stack.Stack) -> None:
        from academy.migrations import runner

        password = self.settings.database_password
        runner.prepare(self.settings.admin_database_url, owner_password=password, app_password=password)
        functions.invoke(self.settings, deployed.resources["MigrateFunction"], {"action": "upgrade"})

    def _set_up_account(self, deployed: stack.Stack) -> None:
        """What a person does once in an AWS account: the vendors' keys, the sender's address."""
        keys = {"anthropic": self.settings.anthropic_key or "local", "openai": self.settings.openai_key or "local"}
        stack.client(self.settings, "secretsmanager").put_secret_value(
            SecretId=deployed.outputs["VendorSecretsArn"], SecretString=json.dumps(keys)
        )
        play_money = {"keyId": KEY_ID, "keySecret": KEY_SECRET, "webhookSecrets": [WEBHOOK_SECRET]}
        stack.client(self.settings, "secretsmanager").put_secret_value(
            SecretId=deployed.outputs["RazorpaySecretArn"], SecretString=json.dumps(play_money)
        )
        stack.client(self.settings, "ses").verify_email_identity(EmailAddress=MAIL_FROM)

    def _parameters(self) -> dict[str, str]:
        settings = self.settings
        origins = [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (5173, 3001, settings.port)]
        returns = ["http://localhost:5173/auth/callback", "http://localhost:3000/auth/callback"]
        returns += [f"http://{host}:{settings.port}/auth/callback" for host in ("localhost", "127.0.0.1")]
        return {
            "Stage": "local",
            "PublicUrl": settings.url,
            "AllowedOrigins": ",".join(dict.fromkeys(origins)),
            "RedirectUris": ",".join(dict.fromkeys(returns)),
            "RateLimits": settings.rate_limits,
            "SignInUrl": settings.aws_url,
            "GoogleClientId": "local-google",
            "GoogleClientSecret": "local-google",
            "MailFrom": MAIL_FROM,
            "DatabaseUrl": settings.database_url_of("academy_app"),
            "DatabaseOwnerUrl": settings.owner_database_url,
            "AnthropicBaseUrl": "" if settings.anthropic_key else settings.vendors_url,
            "OpenaiBaseUrl": "" if settings.openai_key else f"{settings.vendors_url}/v1",
            "RazorpayBaseUrl": settings.razorpay_url,
            "PushServices": f"{PUSH_SERVICES},{settings.push_url}",
        }

    def _start_services(self) -> None:
        settings = self.settings
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONUNBUFFERED": "1",
            "ACADEMY_HOME": str(settings.home),
        }
        service = self._service("The front door", [sys.executable, "-m", "infra.local.services"], environment, log=None)
        service.wait_until(lambda: listening(settings.port), seconds=20)

    def _service(self, name: str, command: list[str | Path], environment: dict[str, str], *, log: Path | None) -> Service:
        service = Service(name, command, env=environment, log=log, cwd=REPOSITORY)
        self._services.append(service)
        self._running.callback(service.stop)
        return service


@contextmanager
def only_one(settings: Settings) -> Iterator[bool]:
    """Holds the folder's lock; yields whether the last holder was killed. Raises LocalCloudError if another academy has it."""
    lock: IO[str]
    with (settings.home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalCloudError(
                f"The academy already runs from this folder ({lock.read().strip() or 'starting'}): stop that one first, "
                "or start a second with other ACADEMY_HOME and PORT."
            ) from None
        lock.seek(0)
        was_killed = bool(lock.read())
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {settings.url}")
        lock.flush()
        yield was_killed
        lock.truncate(0)


def _require_database(url: str) -> None:
    from academy.platform.db.connection import ConnectionLost, connect

    try:
        connect(url).close()
    except ConnectionLost as error:
        raise LocalCloudError(
            f"The server of DATABASE_URL can't be used ({error}): start it, correct the address, or leave DATABASE_URL away."
        ) from error


def _tidy(unpacked: Path, logs: Path) -> None:
    """Old deployments' code (unpacked again if it is wanted after all) and long logs."""
    if unpacked.exists():
        for folder in sorted(unpacked.iterdir(), key=lambda path: path.stat().st_mtime)[:-40]:
            shutil.rmtree(folder, ignore_errors=True)
    for log in logs.glob("*.log"):
        if log.stat().st_size > LONG_LOG:
            log.unlink()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
