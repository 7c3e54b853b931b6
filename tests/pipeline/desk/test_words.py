from __future__ import annotations

from pipeline.desk.words import source_key, source_word


def test_what_the_screen_calls_a_source_finds_it() -> None:
    for key in ("web", "api", "县农技站"):
        assert source_key(source_word(key)) == source_key(key) == key
    assert source_key(None) is None
    assert source_word(None) == ""
