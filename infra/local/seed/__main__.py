"""`make seed`: python -m infra.local.seed --scale small|large, into the running academy."""

import argparse
import sys
import time

from infra.local.commands import running
from infra.local.errors import LocalCloudError
from infra.local.seed import local
from infra.local.seed.large import seed_large
from infra.local.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local.seed", description="Data for the running academy.")
    parser.add_argument("--scale", choices=("small", "large"), default="small")
    parser.add_argument("--courses", type=int, default=100_000, help="of the large scale")
    parser.add_argument("--users", type=int, default=1_000_000, help="of the large scale")
    asked = parser.parse_args()
    settings = Settings.read()
    try:
        deployed = running(settings)
    except LocalCloudError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    began = time.monotonic()
    done = local.seed(settings, deployed)
    print(f"The small academy {'is seeded' if done else 'was there already'} ({time.monotonic() - began:.1f} s).")
    if asked.scale == "large":
        done = seed_large(local.owner_url(settings), courses=asked.courses, users=asked.users, say=print)
        print(f"The large academy {'is seeded' if done else 'was there already'} ({time.monotonic() - began:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
