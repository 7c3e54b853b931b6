"""`python -m tests.faults.soak --rounds N [--resume SEED]`: generated rounds one after the other, with a table;
some embedded, others, where they can be had, on servers.

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
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.faults import server_rounds
from tests.faults.rounds import HEADER, play
from tests.faults.server_rounds import EVERYONE
from tests.faults.shapes import SHAPES
from tests.services import cluster

STRIKES = 3  # a round on servers
Play = Callable[[int, Path], Any]


def main(arguments: list[str] | None = None) -> int:
    """Play rounds; 1 when one failed, its home kept and named."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--resume", type=int, metavar="SEED")
    parser.add_argument("--kills", type=int, default=20, help="kills an embedded round")
    parser.add_argument("--shape", choices=[*SHAPES, "both"], default="both")
    chosen = parser.parse_args(arguments)
    seed = chosen.resume if chosen.resume is not None else secrets.randbits(32)
    with ExitStack() as stack:
        games = _games(stack, chosen.shape, chosen.kills)
        print(HEADER, flush=True)
        for _ in range(chosen.rounds):
            # By its seed, so that a round that is repeated is of the same shape.
            if not _round(seed, games[seed % len(games)]):
                return 1
            seed = random.Random(seed).getrandbits(32)
    return 0


def _games(stack: ExitStack, shape: str, kills: int) -> list[Play]:
    games: list[Play] = []
    if shape != "servers":
        games.append(lambda seed, folder: play(seed, folder, kills))
    if shape != "embedded" and not (missing := cluster.missing()):
        servers = stack.enter_context(cluster.running())
        games.append(lambda seed, folder: server_rounds.play(seed, folder, servers, EVERYONE, STRIKES))
    elif shape != "embedded":
        print(f"left out: servers ({', '.join(missing)} cannot be had here)", flush=True)
    return games


def _round(seed: int, game: Play) -> bool:
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-"))
    try:
        print(game(seed, folder).line(), flush=True)
    except Exception:  # noqa: BLE001 - whatever it is, the seed is told
        traceback.print_exc()
        print(f"round {seed} failed; its home is in {folder}; repeat it with --resume {seed}", flush=True)
        return False
    shutil.rmtree(folder)
    return True


if __name__ == "__main__":
    sys.exit(main())
