"""A thread beside a block ends with it, whatever ends the block."""

from __future__ import annotations

import threading

import pytest

from pipeline.meanwhile import meanwhile


def test_it_works_beside_the_block_and_ends_with_it():
    begun, ended = threading.Event(), threading.Event()

    def work(over: threading.Event) -> None:
        begun.set()
        over.wait()
        ended.set()

    with meanwhile(work, "beside"):
        assert begun.wait(10)
        assert not ended.is_set()
    assert ended.is_set()
    with pytest.raises(ValueError, match="no"), meanwhile(work, "beside"):
        raise ValueError("no")
    assert not [one for one in threading.enumerate() if one.name == "beside"]
