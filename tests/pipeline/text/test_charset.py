from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.charset import CODECS, decode, readable

SENTENCE = "关于加强农村公路管护的建议：一些村道坑洼不平，群众出行不便，建议尽快安排维修。"
TRADITIONAL = "關於加強農村公路管護的建議：一些村道坑窪不平，群眾出行不便，建議儘快安排維修。"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16le", "utf-16be"])
@pytest.mark.parametrize("page", [SENTENCE, f"<html><p>{SENTENCE}</p></html>", f"{SENTENCE} 2024年 road 12345"])
def test_the_charset_is_proven_by_the_bytes_alone(charset: str, page: str):
    found = decode(page.encode(CODECS[charset]))
    assert (found.text, found.charset, found.damaged) == (page, charset, 0)


def test_big5_is_told_from_gb18030():
    assert decode(TRADITIONAL.encode("big5")).charset == "big5"
    assert decode(TRADITIONAL.encode("gb18030")).charset == "gb18030"


@pytest.mark.parametrize("declared", ["gb2312", "big5", "iso-8859-1", "nonsense"])
def test_a_wrong_declaration_does_not_win_over_the_bytes(declared: str):
    page = f'<meta charset="{declared}"><p>{SENTENCE}</p>'
    found = decode(page.encode(), {"content-type": f"text/html; charset={declared}"})
    assert (found.text, found.charset) == (page, "utf-8")


@pytest.mark.parametrize(
    ("page", "headers", "declared"),
    [
        (b"<meta http-equiv='Content-Type' content='text/html; charset=GBK'>", {}, "gb18030"),
        (b"<?xml version='1.0' encoding='Big5'?>", {}, "big5"),
        (b"<meta charset=utf-8>", {"content-type": "text/html; charset=GB2312"}, "gb18030"),
        (b"plain", {}, None),
    ],
)
def test_declarations_are_read_in_the_contracts_names(page: bytes, headers: dict[str, str], declared: str | None):
    assert decode(page, headers).declared == declared


def test_byte_order_marks_are_taken_off():
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be")):
        found = decode(mark + SENTENCE.encode(CODECS[charset]))
        assert (found.text, found.charset) == (SENTENCE, charset)


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_lost_byte_costs_no_more_than_its_place(charset: str):
    whole = (SENTENCE * 5).encode(charset)
    found = decode(whole[:101] + whole[102:])
    assert found.charset == charset
    assert SENTENCE in found.text


def test_noise_is_not_readable():
    assert readable(SENTENCE) > 0.25
    assert readable("ئۇيغۇر") == 1.0
    assert readable("".join(map(chr, range(0x4E00, 0x9FA5, 61)))) < 0.1
    assert readable("") == 0.0


@given(st.binary(max_size=3000))
@settings(deadline=None, max_examples=200)
def test_any_bytes_become_text_that_can_be_stored(body: bytes):
    found = decode(body)
    found.text.encode()
    assert found.charset in CODECS
