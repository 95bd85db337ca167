"""MiniStack 1.5.33 and what our template needs and it lacks.

Every patch says why it is there and asserts that what it changes is still what it was written
for. Runs in MiniStack's own virtual environment: `python patches.py` is the server.

Environment: LOCAL_FUNCTION_PYTHON (the functions' clean interpreter), LOCAL_UNPACKED (cache of
unpacked zips), LOCAL_LIVE (json: source folders by function, written after a deploy), LOCAL_LOGS.
"""

import hashlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import ministack.core.iam_actions as iam_actions
import ministack.core.lambda_runtime as runtime
import ministack.services.apigateway as gateway
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.lambda_svc as functions

from infra.local.ministack import cognito_patches, mail_patches, notes
from infra.local.ministack import worker as worker_script

UNPACKED = Path(os.environ["LOCAL_UNPACKED"])
LIVE = Path(os.environ["LOCAL_LIVE"])
LOGS = Path(os.environ["LOCAL_LOGS"])
FUNCTION_PYTHON = os.environ["LOCAL_FUNCTION_PYTHON"]
WORKER_PATH = Path(worker_script.__file__)
Headers = dict[str, str]


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"MiniStack changed: {what}. Look at infra/local/ministack/patches.py again.")


# 1. Functions run on an interpreter of their own.
#    MiniStack starts them with its own interpreter and environment, so its packages (botocore,
#    PyYAML, ...) and the shell's variables leak in, and it unzips code and layers for each worker.


def unpack(blob: bytes) -> Path:
    """The folder with a zip's contents, unpacked once."""
    target = UNPACKED / hashlib.sha256(blob).hexdigest()[:32]
    if not target.exists():
        UNPACKED.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=UNPACKED))
        archive = scratch / "archive.zip"
        archive.write_bytes(blob)
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(scratch / "content")
        try:
            (scratch / "content").rename(target)
        except OSError:
            if not target.exists():  # else another worker was first
                raise
        shutil.rmtree(scratch, ignore_errors=True)
    return target


class Sources:
    """The work tree's folders, ahead of the deployed copies, so that an edit is live at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked = 0.0
        self._newest = 0.0

    @staticmethod
    def of(function: str) -> list[str]:
        folders: list[str] = _live().get("functions", {}).get(function, [])
        return folders

    def changed_at(self) -> float:
        """When a source file last changed (seconds since the epoch), looked up once a second at most."""
        with self._lock:
            if time.monotonic() - self._looked > 1:
                self._looked = time.monotonic()
                roots = [Path(root) for root in _live().get("watch", [])]
                self._newest = max((_newest(root) for root in roots), default=0.0)
            return self._newest


def _live() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(LIVE.read_text()) if LIVE.exists() else {}
    return known


def _newest(root: Path) -> float:
    newest = 0.0
    for folder, folders, files in root.walk():
        folders[:] = [name for name in folders if name != "__pycache__"]
        # A folder's own time tells of files that went away.
        newest = max(newest, folder.stat().st_mtime, *((folder / name).stat().st_mtime for name in files))
    return newest


SOURCES = Sources()


def spawn(self: Any) -> None:
    config = self.config
    expect(str(config.get("Runtime", "")).startswith("python"), f"runtime {config.get('Runtime')} in the pool")
    code = unpack(self.code_zip)
    layers = [unpack(blob) for layer in config.get("Layers", []) if (blob := functions._resolve_layer_zip(layer))]
    account, region = runtime._account_region_from_function_config(config)
    variables = (config.get("Environment") or {}).get("Variables") or {}
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONDONTWRITEBYTECODE": "",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{config['FunctionName']}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local-{os.urandom(6).hex()}",
        **runtime.execution_credentials(config),
    }
    del account
    self.spawned_at = time.time()
    self._proc = subprocess.Popen(
        # -I: nothing from the user's site or environment, -X utf8 and -u as Lambda's bootstrap has them.
        [FUNCTION_PYTHON, "-I", "-u", "-X", "utf8", str(WORKER_PATH)],
        cwd=code,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        bufsize=1,
    )
    self._stderr_queue = queue.Queue()
    self._stderr_thread = threading.Thread(target=self._read_stderr, daemon=True)
    self._stderr_thread.start()
    path = [*SOURCES.of(config["FunctionName"]), str(code)]
    path += [str(layer / "python") for layer in layers if (layer / "python").is_dir()]
    start = {
        "path": path,
        "handler": config["Handler"],
        "function_name": config["FunctionName"],
        "memory": config.get("MemorySize", 128),
        "arn": config.get("FunctionArn", ""),
    }
    self._proc.stdin.write(json.dumps(start) + "\n")
    self._proc.stdin.flush()
    answer = json.loads(self._proc.stdout.readline() or '{"error": "the process ended at once"}')
    if answer.get("status") != "ready":
        self._proc.kill()
        self._proc.wait()
        log_line(config["FunctionName"], answer.get("trace", ""))
        kind = {"ModuleNotFoundError": "Runtime.ImportModuleError"}.get(answer.get("error_type", ""))
        raise type(kind or answer.get("error_type") or "Runtime.ExitError", (RuntimeError,), {})(answer["error"])
    self._start_time = time.time()


_log_lock = threading.Lock()


def log_line(function: str, text: str) -> None:
    with _log_lock, (LOGS / "functions.log").open("a") as log:
        log.writelines(f"{function} | {line}\n" for line in text.splitlines())


def read_stderr(self: Any) -> None:
    process, lines = self._proc, self._stderr_queue
    for line in process.stderr:
        lines.put(line.rstrip("\n"))
        if not line.startswith(worker_script.END_OF_LOG):
            log_line(self.func_name, line)


def drain_stderr(self: Any) -> str:
    """An invocation's log up to its end mark (MiniStack waits 50 ms after every silent one)."""
    lines: list[str] = []
    deadline = time.monotonic() + 0.25
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = self._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line.startswith(worker_script.END_OF_LOG):
            break
        lines.append(line)
    return "\n".join(lines)


def patch_workers() -> None:
    expect(
        all(hasattr(runtime.Worker, name) for name in ("_spawn", "_read_stderr", "_drain_stderr_bounded")),
        "the worker's methods",
    )
    runtime.Worker._spawn = spawn
    runtime.Worker._read_stderr = read_stderr
    runtime.Worker._drain_stderr_bounded = drain_stderr
    lease = runtime.acquire_worker

    def acquire(name: str, config: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        leased, reason = lease(name, config, *args, **kwargs)
        if leased is not None and leased._proc is not None and leased.spawned_at < SOURCES.changed_at():
            stale, leased._proc = leased._proc, None  # invoke() starts a new process, with the new source
            runtime._signal(stale)
            runtime._collect(stale, time.monotonic() + 1)
        return leased, reason

    expect(functions.acquire_worker is lease, "where workers are leased")
    runtime.acquire_worker = functions.acquire_worker = acquire


# 2. A function's error by its own class, with its stack trace.
#    MiniStack says Runtime.HandlerError for every exception, and a state machine's Retry and Catch go by name.


# A burst waits for one of a few processes of its function: AWS would start fifty machines, and this one has a few cores.
AT_ONCE = 6
_turns: dict[str, threading.BoundedSemaphore] = {}
_turns_lock = threading.Lock()


def turns(function: str) -> threading.BoundedSemaphore:
    with _turns_lock:
        return _turns.setdefault(function, threading.BoundedSemaphore(AT_ONCE))


def patch_errors() -> None:
    execute = functions._execute_function_warm
    invoke = runtime.Worker.invoke
    last = threading.local()

    def remember(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        last.answer = invoke(self, *args, **kwargs)
        return last.answer  # type: ignore[no-any-return]

    def execute_warm(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        last.answer = {}
        with turns((function.get("config") or function)["FunctionName"]):
            result: dict[str, Any] = execute(function, event, request_id)
        if result.get("error") and "error_type" in last.answer:
            result["body"].update(errorType=last.answer["error_type"], requestId=request_id, stackTrace=last.answer["stack"])
        return result

    runtime.Worker.invoke = remember
    functions._execute_function_warm = execute_warm


# 3. What an HTTP API hands to a function: the client's address, and cookies in their own list.
#    MiniStack always says 127.0.0.1 and leaves the Cookie header in place.


def patch_http_events() -> None:
    execute = functions._execute_function_with_config_scope

    def with_client(record: Any, event: Any, *args: Any, **kwargs: Any) -> Any:
        context = event.get("requestContext", {}) if isinstance(event, dict) else {}
        if "http" in context and event.get("version") == "2.0" and "routeKey" in event:
            headers: Headers = event["headers"]
            if "x-forwarded-for" in headers:  # the front door sets it, as the gateway's own edge does
                context["http"]["sourceIp"] = headers["x-forwarded-for"].split(",")[-1].strip()
            if "cookie" in headers:
                event["cookies"] = [part.strip() for part in headers.pop("cookie").split(";") if part.strip()]
        return execute(record, event, *args, **kwargs)

    functions._execute_function_with_config_scope = with_client


# 4. AWS::ApiGatewayV2::Api with an OpenAPI Body, which is what every AWS::Serverless::HttpApi becomes.
#    MiniStack ignores Body, and the API would have no routes.

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "x-amazon-apigateway-any-method")


def import_body(api_id: str, body: dict[str, Any]) -> None:
    gateway._routes[api_id], gateway._integrations[api_id] = {}, {}
    cors = body.get("x-amazon-apigateway-cors")
    if cors:
        gateway._apis[api_id]["corsConfiguration"] = {key[0].lower() + key[1:]: value for key, value in cors.items()}
    made: dict[str, str] = {}
    for path, operations in (body.get("paths") or {}).items():
        for method, operation in operations.items():
            if method not in METHODS or not operation:
                continue
            integration = operation["x-amazon-apigateway-integration"]
            uri = integration["uri"]
            if uri not in made:
                wanted = {
                    "integrationType": integration.get("type", "aws_proxy").upper(),
                    "integrationUri": uri,
                    "integrationMethod": "POST",
                    "payloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
                    "timeoutInMillis": integration.get("timeoutInMillis", 30000),
                }
                made[uri] = json.loads(gateway._create_integration(api_id, wanted)[2])["integrationId"]
            verb = "ANY" if method.startswith("x-") else method.upper()
            key = "$default" if path in ("/$default", "$default") else f"{verb} {path}"
            gateway._create_route(api_id, {"routeKey": key, "target": f"integrations/{made[uri]}"})


def patch_http_api_body() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]

    def create_api(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        if properties.get("Body"):
            import_body(made[0], properties["Body"])
        return made

    def update_api(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        made = update(physical_id, old, new, stack, logical_id)
        if new.get("Body"):
            import_body(made[0], new["Body"])
        return made

    handlers.update(create=create_api, update=update_api)


# 5. Permissions as AWS checks them: events:DescribeEventBus against the bus (MiniStack takes its name for a
#    rule's), ses:SendEmail against the sender's identity and with ses:FromAddress (MiniStack knows neither).


def patch_permissions() -> None:
    from ministack import app as server

    name, enforce_mail, enforce_data = iam_actions.extract_resource_arn, server._enforce_ses_v2, server._enforce_data_plane

    def resource(service: str, method: str, path: str, headers: Headers, body: bytes, query: Any, region: str, account: str) -> str:
        if path.rstrip("/") == SEND_EMAIL:
            return f"arn:aws:ses:{region}:{account}:identity/{_sender(body)}"
        if service == "events" and headers.get("x-amz-target", "").endswith("DescribeEventBus"):
            body = json.dumps({"EventBusName": json.loads(body or b"{}").get("Name", "default")}).encode()
        arn: str = name(service, method, path, headers, body, query, region, account)
        return arn

    def send_email(method: str, path: str, headers: Headers, body: bytes, *args: Any) -> Any:
        sender.set(_sender(body) if path.rstrip("/") == SEND_EMAIL else None)
        return enforce_mail(method, path, headers, body, *args)

    def enforced(service: str, action: str, *args: Any, **kwargs: Any) -> Any:
        if action == "ses:SendEmail":
            kwargs["service_context"] = {**(kwargs.get("service_context") or {}), "ses:FromAddress": sender.get()}
        return enforce_data(service, action, *args, **kwargs)

    sender: ContextVar[str | None] = ContextVar("sender", default=None)
    iam_actions.extract_resource_arn = resource
    server._enforce_ses_v2, server._enforce_data_plane = send_email, enforced


SEND_EMAIL = "/v2/email/outbound-emails"


def _sender(body: bytes) -> str:
    try:
        return str(json.loads(body).get("FromEmailAddress", ""))
    except ValueError:  # SES v1 has a form here
        return ""


def end_with(parent: int) -> None:
    """A launcher that was killed can't stop us: we look whether it is still there."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    patch_workers()
    patch_errors()
    patch_http_events()
    patch_http_api_body()
    patch_permissions()
    cognito_patches.apply()
    mail_patches.apply()
    notes.apply(LOGS / "permissions.jsonl")
    from ministack.app import main as serve

    sys.argv = sys.argv[:1]
    serve()


if __name__ == "__main__":
    main()
