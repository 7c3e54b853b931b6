"""Names every suite that was left out and why; under MINYI_TEST_REQUIRE=all that is a failure.

Excepted: tests over MINYI_REAL, whose third-party texts are not part of the project.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

REAL = "MINYI_REAL"


class LeftOut:
    """A pytest plugin that counts skips by reason."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for reason, count in sorted(self.reasons.items()):
            terminalreporter.write_line(f"left out: {count} tests: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        missed = [reason for reason in self.reasons if REAL not in reason]
        worker = hasattr(session.config, "workerinput")
        if missed and not worker and os.environ.get("MINYI_TEST_REQUIRE") == "all" and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
