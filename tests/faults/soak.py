"""`python -m tests.faults.soak --rounds N [--resume SEED]`: generated rounds one after the other, with a table.

Each round's seed follows from the one before, so that SEED of a round that failed goes on from there.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from tests.faults.rounds import HEADER, play


def main(arguments: list[str] | None = None) -> int:
    """Play rounds; 1 when one failed, its home kept and named."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--resume", type=int, metavar="SEED")
    parser.add_argument("--kills", type=int, default=20, help="kills a round")
    chosen = parser.parse_args(arguments)
    seed = chosen.resume if chosen.resume is not None else secrets.randbits(32)
    print(HEADER, flush=True)
    for _ in range(chosen.rounds):
        if not _round(seed, chosen.kills):
            return 1
        seed = random.Random(seed).getrandbits(32)
    return 0


def _round(seed: int, kills: int) -> bool:
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-"))
    try:
        print(play(seed, folder, kills).line(), flush=True)
    except Exception:  # noqa: BLE001 - whatever it is, the seed is told
        traceback.print_exc()
        print(f"round {seed} failed; its home is in {folder}; repeat it with --resume {seed}", flush=True)
        return False
    shutil.rmtree(folder)
    return True


if __name__ == "__main__":
    sys.exit(main())
