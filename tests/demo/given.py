"""A demo that is given what chance would give: `python -m tests.demo.given 2026-11-23T01:00:00+00:00 SEED PORT`."""

from __future__ import annotations

import random
import sys
from datetime import datetime

from flows.demo.play import Given, play
from pipeline.identity import RECEIPT_LETTERS


def main(arguments: list[str]) -> int:
    """Run it; the clock stands."""
    moment, seed, port = arguments
    now, letters = datetime.fromisoformat(moment), random.Random(int(seed))
    given = Given(lambda: now, lambda: "".join(letters.choices(RECEIPT_LETTERS, k=12)), int(port))
    return play(lambda line: print(line, flush=True), given=given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
