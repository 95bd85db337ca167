"""The commands around a running academy: env, invoke, reconcile, inbox, logs, reset."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local import addresses, build, functions, postgres
from infra.local.academy import only_one
from infra.local.errors import LocalCloudError
from infra.local.processes import listening
from infra.local.settings import REPOSITORY, Settings
from infra.local.stack import Stack
from infra.local.tools import ensure_tool


def running(settings: Settings) -> Stack:
    stack = Stack.load(settings)
    if stack is None or not listening(settings.aws_port):
        raise LocalCloudError(f"The academy does not run at {settings.url}: start it with `make run` (same PORT and ACADEMY_HOME).")
    return stack


def env() -> None:
    settings = Settings.read()
    print(addresses.lines(settings, running(settings)))


def invoke(function: str = "", event: str = "") -> None:
    """`function` is a folder of functions/, `event` a file with its input."""
    settings = Settings.read()
    stack = running(settings)
    names = {build.function_folder(name).name: name for name in stack.resources if name.endswith("Function")}
    if function not in names:
        raise LocalCloudError(f"FN is one of {', '.join(sorted(names))}; not {function!r}.")
    path = Path(event)
    if not path.is_file():
        raise LocalCloudError(f"EVENT is a file with the function's input, such as those in events/; there is no {event!r}.")
    answer, log = functions.invoke_with_log(settings, stack.resources[names[function]], json.loads(path.read_text()))
    if log.strip():
        print(log.strip(), file=sys.stderr)
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def reconcile() -> None:
    """Compare with the payment vendor, as the schedule does; `differences` are what it could not put right."""
    settings = Settings.read()
    stack = running(settings)
    result = functions.invoke(settings, stack.resources["PaymentTasksFunction"], {"task": "reconcile"})
    print(json.dumps(result, indent=2, ensure_ascii=False))


def inbox() -> None:
    settings = Settings.read()
    running(settings)
    with urllib.request.urlopen(f"{settings.aws_url}/_ministack/ses/messages") as answer:
        accounts = json.loads(answer.read())["messages"]
    messages = [message for account in accounts.values() for message in account]
    for message in messages:
        sent = datetime.fromtimestamp(message["Timestamp"], UTC).isoformat(timespec="seconds")
        print(f"{sent}  {message['Source']} → {', '.join(message['To'])}\nSubject: {message['Subject']}")
        for name, value in message.get("Headers", {}).items():
            print(f"{name}: {value}")
        if message.get("BodyHtml"):
            print(f"As HTML: {_html(settings, message)}")
        print(f"\n{message['BodyText']}\n")
    if not messages:
        print("No e-mails yet.")
    with urllib.request.urlopen(f"{settings.push_url}/_messages") as answer:
        pushed = json.loads(answer.read())
    for message in pushed:
        sent = datetime.fromtimestamp(message["at"], UTC).isoformat(timespec="seconds")
        print(f"{sent}  pushed to browser {message['browser'][:8]}…\n{message['text']}\n")
    if not pushed:
        print("Nothing was pushed yet.")


def _html(settings: Settings, message: dict[str, Any]) -> str:
    """The mail's page, to be opened in a browser."""
    page = settings.home / "inbox" / f"{message['MessageId'].partition('@')[0]}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(message["BodyHtml"])
    return page.as_uri()


def logs() -> None:
    settings = Settings.read()
    log = settings.logs / "functions.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    os.execvp("tail", ["tail", "-n", "100", "-F", str(log)])


def reset() -> None:
    settings = Settings.read()
    settings.home.mkdir(parents=True, exist_ok=True)
    with only_one(settings):
        data = postgres.server_folder(settings.home) / "postgres"
        if (data / "data" / "postmaster.pid").exists():  # left behind by a killed run
            postgres.Server(postgres.ensure_binaries(settings.cache), data / "data", settings.postgres_port).stop()
        shutil.rmtree(data, ignore_errors=True)
        for path in settings.home.iterdir():
            if path == settings.cache or path in settings.cache.parents or path.name == "lock":
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
    print("The local academy's state is gone; `make run` starts from nothing.")


def validate() -> None:
    """`sam validate --lint`, for make check; needs no network once SAM is there."""
    settings = Settings.read()
    sam = ensure_tool(settings, "sam") / "sam"
    command: list[str | Path] = [sam, "validate", "--lint", "--region", "us-east-1", "--template", REPOSITORY / "template.yaml"]
    done = subprocess.run(command, cwd=REPOSITORY, env=build.sam_environment(settings), check=False)
    sys.exit(done.returncode)


def checkov() -> None:
    """What is risky in the templates, for make check; .checkov.yaml says what is skipped and why. Asks the network nothing."""
    settings = Settings.read()
    tool = ensure_tool(settings, "checkov") / "checkov"
    done = subprocess.run([tool, "--config-file", REPOSITORY / ".checkov.yaml", "--skip-download"], cwd=REPOSITORY, check=False)
    sys.exit(done.returncode)
