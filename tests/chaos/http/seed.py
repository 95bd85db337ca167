"""Chance that can be had again: `CHAOS_SEED=` repeats a run, `CHAOS_ROUNDS=` makes it longer."""

import os
import random

SEED = os.environ.get("CHAOS_SEED") or str(random.SystemRandom().randrange(10**9))
ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 1)


def chance(name: str) -> random.Random:
    """A test's own, whatever ran before it. What is printed is shown when the test fails."""
    print(f"CHAOS_SEED={SEED}")
    return random.Random(f"{SEED} {name}")
