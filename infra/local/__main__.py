"""The commands behind make: `python -m infra.local run`."""

import signal
import sys
from types import FrameType

from infra.local.errors import LocalCloudError
from infra.local.settings import Settings


def run() -> None:
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
        print(f"\n{academy.settings.url}  ({academy.progress.seconds:.0f} s)\n", flush=True)
        academy.watch()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        academy.stop()


COMMANDS = {"run": run}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        print(f"usage: python -m infra.local [{'|'.join(COMMANDS)}]")
        return 2
    try:
        command()
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
