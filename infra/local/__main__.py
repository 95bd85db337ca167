"""The commands behind make: `python -m infra.local run`."""

import signal
import sys
from types import FrameType

from infra.local import commands, deployment, redrive
from infra.local.errors import LocalCloudError
from infra.local.settings import Settings


def run() -> None:
    from infra.local import addresses
    from infra.local.academy import Academy

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the way out is not to be interrupted
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    academy = Academy(Settings.read())
    try:
        academy.start()
        print(addresses.table(academy.settings, academy.progress.seconds), flush=True)
        academy.watch()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        academy.stop()


COMMANDS = ("run", "env", "invoke", "reconcile", "inbox", "logs", "reset", "validate", "checkov", "deploy", "redrive")


def main() -> int:
    command, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if command not in COMMANDS:
        print(f"usage: python -m infra.local [{'|'.join(COMMANDS)}]", file=sys.stderr)
        return 2
    try:
        if command == "run":
            run()
        elif command == "deploy":
            deployment.deploy(*arguments)
        elif command == "redrive":
            redrive.redrive(*arguments)
        else:
            getattr(commands, command)(*arguments)
    except LocalCloudError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        print("\nThe disk is full: make room and run it again (`make reset` frees the academy's own state).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
