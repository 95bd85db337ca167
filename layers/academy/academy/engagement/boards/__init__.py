"""Leaderboards: kept by folding the ledger in, closed by schedule, read by rank."""
