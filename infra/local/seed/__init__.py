"""Data that looks like a real academy (small), or like a large one (for measuring)."""

from infra.local.seed.large import seed_large
from infra.local.seed.small import seed_small

__all__ = ["seed_large", "seed_small"]
