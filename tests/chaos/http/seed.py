"""Chance that can be had again: `CHAOS_SEED=` repeats a run, `CHAOS_ROUNDS=` makes it longer."""

import os
import random
from collections import Counter

SEED = os.environ.get("CHAOS_SEED") or str(random.SystemRandom().randrange(10**9))
ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 1)
COUNTS: Counter[str] = Counter()
"""What was done to the product in this process, for the summary."""


def chance(name: str) -> random.Random:
    """A test's own, whatever ran before it."""
    return random.Random(f"{SEED} {name}")
