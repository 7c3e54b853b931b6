"""Every test this machine can run: most on two workers, then the browser's, then those on all servers at once
and the faults: they wait more than they work, so two at a time, file by file, each worker with servers of its own.

Playwright keeps an event loop running in the process of its first test to the last, and code that starts a loop
of its own (crawls, Prefect's flows) cannot be tested beside it.

`MINYI_TEST_REQUIRE=all` (what CI sets) turns a suite left out into a failure; see tests/left_out.py.
"""

from __future__ import annotations

import subprocess
import sys

from tests.services import debian

PARTS = (
    ["-n", "2", "--dist", "loadgroup", "-m", "not faults and not servers and not browser"],
    ["-m", "browser"],
    ["-n", "2", "--dist", "loadfile", "-m", "servers or faults"],
)


def main(arguments: list[str]) -> int:
    """Run every part; the first failure's exit status."""
    for line in debian.provide():
        print(line)
    pytest = [sys.executable, "-m", "pytest"]
    codes = [subprocess.run([*pytest, *part, *arguments], check=False).returncode for part in PARTS]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
