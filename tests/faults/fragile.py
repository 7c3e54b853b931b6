"""A worker whose reading dies on one word: a stand-in for a library that crashes on some input.

Both the worker and its isolated child die of a real fault of memory; nothing in the product knows of it. Run as a
module it is the child: `python -m tests.faults.fragile`, the word in the environment's FRAGILE.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from pipeline.process import isolation
from pipeline.steps import clean
from tests.faults import driver
from tests.faults.trap import Edge

WORD = "FRAGILE"


def install(word: str) -> None:
    """From now on this process dies when it cleans the word."""
    whole = clean.clean
    faulthandler.disable()

    def fragile(inputs: Sequence[clean.ToClean], rules: clean.CleanRules | None = None) -> list[clean.Outcome]:
        if any(word in (getattr(one.message, "text", None) or "") for one in inputs):
            ctypes.string_at(0)
        return whole(inputs, rules)

    clean.clean = fragile


def main(do: str, home: str, edge: Edge | None, pipe: Connection, given: dict[str, Any]) -> None:
    """As driver.main, in a process that the word kills."""
    word = given.pop("word")
    os.environ[WORD] = word
    isolation.CHILD = "tests.faults.fragile"  # type: ignore[misc]
    install(word)
    driver.main(do, home, edge, pipe, given)


if __name__ == "__main__":
    from pipeline.cli import child

    install(os.environ[WORD])
    child.main()
