"""The seed stands beside every failure, and what was done at the end."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.chaos.http.seed import COUNTS, ROUNDS, SEED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        report.sections.append(("chaos", f"CHAOS_SEED={SEED} CHAOS_ROUNDS={ROUNDS}"))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if COUNTS:
        done = ", ".join(f"{name} {count}" for name, count in sorted(COUNTS.items()))
        terminalreporter.write_line(f"chaos of requests, database and workflows: CHAOS_SEED={SEED} CHAOS_ROUNDS={ROUNDS}: {done}")
