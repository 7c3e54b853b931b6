"""Whose contents lie in files (OFFICE 22)."""

from __future__ import annotations

from pipeline.ports.store import Store

ONE, TWO = "a" * 64, "b" * 64


def test_a_content_is_an_item_s_until_it_is_released(store: Store) -> None:
    with store.writing() as session:
        session.contents.hold([("i1", TWO), ("i1", ONE), ("i2", ONE), ("i1", ONE)])
        session.contents.hold([("i1", ONE)])
        session.contents.hold([])
    with store.writing() as session:
        assert session.contents.of_item("i1") == [ONE, TWO]
        session.contents.release("i1", TWO)
        assert session.contents.of_item("i1") == [ONE]
        assert not session.contents.refers(TWO)
        session.contents.release("i1")
        session.contents.release("nobody")
        assert session.contents.of_item("i1") == []
        assert session.contents.refers(ONE)
        session.contents.release("i2")
        assert not session.contents.refers(ONE)
