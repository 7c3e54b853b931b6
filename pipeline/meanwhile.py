"""A thread beside a block of work, for as long as the block lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def meanwhile(work: Callable[[threading.Event], None], name: str) -> Generator[None]:
    """Inside, `work` goes on in a thread of that name, and is given what is set when the block is over; it is waited
    for. It dies with the process."""
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
