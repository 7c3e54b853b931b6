from __future__ import annotations

from pipeline.desk.words import source_key, source_word, whence


def test_what_the_screen_calls_a_source_finds_it() -> None:
    for key in ("web", "api", "县农技站"):
        assert source_key(source_word(key)) == source_key(key) == key
    assert source_key(None) is None
    assert source_word(None) == ""


def test_a_kind_is_not_said_twice():
    assert whence("来稿", "县农技站") == "来稿·县农技站"
    assert whence("来稿", "api") == "来稿接口"
    assert whence("来稿", "web", "待初审") == "来稿·网页表单"
    assert whence("网上线索", "县政府网", "网上线索") == "县政府网"
