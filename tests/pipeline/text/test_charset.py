from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.text.charset import CODECS, decode, detect, readable

SENTENCE = "关于加强农村公路管护的建议：一些村道坑洼不平，群众出行不便，建议尽快安排维修。"
TRADITIONAL = "關於加強農村公路管護的建議：一些村道坑窪不平，群眾出行不便，建議儘快安排維修。"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16le", "utf-16be"])
@pytest.mark.parametrize("page", [SENTENCE, f"<html><p>{SENTENCE}</p></html>", f"{SENTENCE} 2024年 road 12345"])
def test_the_charset_is_proven_by_the_bytes_alone(charset: str, page: str):
    body = page.encode(CODECS[charset])
    found = decode(body)
    assert (found.text, found.charset, found.damaged, found.mixed) == (page, charset, 0, ())
    assert detect(body) == charset


def test_big5_is_told_from_gb18030():
    assert decode(TRADITIONAL.encode("big5")).charset == "big5"
    assert decode(TRADITIONAL.encode("gb18030")).charset == "gb18030"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5"])
def test_little_chinese_behind_much_script_is_enough(charset: str):
    page = f"<script>{'var a = document.all.length;' * 4000}</script><p>{TRADITIONAL[:12]}</p>"
    found = decode(page.encode(CODECS[charset]))
    assert (found.text, found.charset) == (page, charset)


@pytest.mark.parametrize("shift", range(4))
def test_the_charset_alone_is_what_the_whole_would_give(shift: int):
    page = "a" * shift + SENTENCE * 4000
    assert detect(page.encode()) == "utf-8"
    torn = page.encode()[:300_001] + b"\xff" + SENTENCE.encode()
    assert detect(torn) == decode(torn).charset == "utf-8"
    assert detect(page.encode()[:40_000] + SENTENCE.encode("gbk") * 2000) == "gb18030"


@pytest.mark.parametrize(("codec", "charset"), [("gbk", "gb18030"), ("big5", "big5")])
@pytest.mark.parametrize("mark", ["─", "★", "■", "●", "“"])
def test_a_page_that_opens_with_a_rule_is_told_by_its_text(codec: str, charset: str, mark: str):
    page = f"<meta charset={codec}>{mark * 50}\r\n{TRADITIONAL * 5}".encode(codec)
    assert (detect(page), decode(page).charset, decode(page).mixed) == (charset, charset, ())


@pytest.mark.parametrize("text", ["墨水", "模范", "路况", "建议", "道路"])
def test_a_word_or_two_in_gbk_is_read(text: str):
    assert decode(text.encode("gbk")).text == text


@pytest.mark.parametrize("text", ["·", "café", "crème brûlée", "© 2024", "Привет", "ئۇيغۇر", "±5℃"])
def test_utf8_of_few_characters_is_no_gbk(text: str):
    assert decode(text.encode()).text == text


def test_utf16_without_markup_tells_its_side_by_the_characters():
    text = "一一一，一年之计。" + SENTENCE  # U+4E00 has its zero byte where Latin letters have theirs on the other side
    for charset in ("utf-16le", "utf-16be"):
        assert decode(text.encode(CODECS[charset])).text == text


@pytest.mark.parametrize("declared", ["gb2312", "big5", "iso-8859-1", "nonsense"])
def test_a_wrong_declaration_does_not_win_over_the_bytes(declared: str):
    page = f'<meta charset="{declared}"><p>{SENTENCE}</p>'
    found = decode(page.encode(), {"content-type": f"text/html; charset={declared}"})
    assert (found.text, found.charset) == (page, "utf-8")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_gbk_declared_as_utf8_is_gbk_even_behind_a_mark(mark: bytes):
    page = f'<meta charset="utf-8"><p>{SENTENCE}</p>'
    found = decode(mark + page.encode("gbk"), {"content-type": "text/html; charset=utf-8"})
    assert (found.text, found.charset, found.declared) == (page, "gb18030", "utf-8")


def test_a_declaration_settles_what_the_bytes_leave_open():
    assert decode("請求".encode("big5"), {"content-type": "text/plain; charset=big5"}).text == "請求"
    assert decode(b"plain", {"content-type": "text/plain; charset=gbk"}).charset == "gb18030"


@pytest.mark.parametrize(
    ("page", "headers", "declared"),
    [
        (b"<meta http-equiv='Content-Type' content='text/html; charset=GBK'>", {}, "gb18030"),
        (b"<META CHARSET=' Windows-950 '>", {}, "big5"),
        (b"<?xml version='1.0' encoding='Big5'?>", {}, "big5"),
        (b"<?xml version='1.0'?><meta charset=gb2312>", {}, "gb18030"),
        (b"<meta charset=utf-8>", {"content-type": "text/html; charset=GB2312"}, "gb18030"),
        (b"<meta charset=utf-8>", {"content-type": "text/html; charset=none"}, "utf-8"),
        ("<meta charset='utf-16'>".encode("utf-16-be"), {}, "utf-16le"),
        (b"<a charset=gbk>", {}, None),
        (b"<meta" + b" " * 500 + b"charset=gbk>", {}, None),
        (b"plain", {}, None),
    ],
)
def test_declarations_are_read_in_the_contracts_names(page: bytes, headers: dict[str, str], declared: str | None):
    assert decode(page, headers).declared == declared


def test_byte_order_marks_are_taken_off():
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be")):
        found = decode(mark + SENTENCE.encode(CODECS[charset]))
        assert (found.text, found.charset) == (SENTENCE, charset)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\xa6\xd9\xa6\xda\xa6\xdb\xa6\xdc\xa6\xdd\xa6\xde\xa6\xdf", "︐︒︑︓︔︕︖"),
        (b"\xa6\xec\xa6\xed\xa6\xf3", "︗︘︙"),
        (b"\xfe\x59\xfe\x61\xfe\x66\xfe\x67\xfe\x6d\xfe\x7e\xfe\x90\xfe\xa0", "龴龵龶龷龸龹龺龻"),
        (b"\xfe\x51\xfe\x52\xfe\x53\xfe\x6c\xfe\x76\xfe\x91", "𠂇𠂉𠃌𡗗𢦏𤇾"),
        (b"\x84\x31\x82\x36\x82\x35\x90\x37\x95\x32\x82\x36", "︐龴𠀀"),  # four bytes
    ],
)
def test_gb18030_2022_gives_private_places_their_characters(body: bytes, text: str):
    found = decode(SENTENCE.encode("gbk") + body)
    assert (found.text, found.damaged) == (SENTENCE + text, 0)


def test_code_pages_have_the_euro_where_their_standards_have_nothing():
    assert decode("价格为".encode("gbk") + b"\x80100").text == "价格为€100"
    found = decode("這個產品價格為".encode("big5") + b"\xa3\xe1100")
    assert (found.text, found.damaged) == ("這個產品價格為€100", 0)


def test_big5_marks_are_read_as_browsers_do():
    found = decode("王小明".encode("big5") + b"\xa1\x45" + "建議開會時間".encode("big5") + b"\xa1\xe3")
    assert found.text == "王小明‧建議開會時間～"


def test_big5_hkscs_is_big5():
    text = f"{TRADITIONAL}我哋嘅嘢喺邊度"
    assert decode(text.encode("big5hkscs")).text == text


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_lost_byte_costs_no_more_than_its_place(charset: str):
    whole = (SENTENCE * 5).encode(charset)
    found = decode(whole[:101] + whole[102:])
    assert (found.charset, found.mixed) == (charset, ())
    assert SENTENCE in found.text


def test_torn_utf8_stays_utf8():
    lines = "".join(f"<p>{SENTENCE}</p>\n" for _ in range(20)).encode()
    found = decode(lines[:100] + lines[101:900] + b"\xe4" + lines[900:1500] + lines[1502:], {"content-type": "gbk"})
    assert (found.charset, found.mixed) == ("utf-8", ())
    assert 0 < found.damaged < 8


@pytest.mark.parametrize(
    ("outer", "inner"), [("utf-8", "gb18030"), ("gb18030", "utf-8"), ("utf-8", "big5"), ("big5", "utf-8")]
)
@pytest.mark.parametrize("place", [0, 5, 10])
@pytest.mark.parametrize("part", ["<ul><li>首页</li><li>新聞</li><li>公告</li></ul>\n", f"<p>{TRADITIONAL}</p>\n"])
def test_a_part_in_another_charset_is_read_in_its_own(outer: str, inner: str, place: int, part: str):
    part = part.replace("首页", "首頁")
    lines = [f"<p>{TRADITIONAL}</p>\n"] * 10
    body = [line.encode(CODECS[outer]) for line in lines]
    body.insert(place, part.encode(CODECS[inner]))
    lines.insert(place, part)
    found = decode(b"".join(body))
    assert (found.text, found.charset, found.damaged, found.mixed) == ("".join(lines), outer, 0, (inner,))


def test_a_utf8_part_with_its_mark_leaves_no_mark():
    page = f"<p>{SENTENCE}</p>\n".encode("gbk")
    part = f"<b>{SENTENCE}</b>\n".encode("utf-8-sig")
    assert decode(page + part + page).text == f"<p>{SENTENCE}</p>\n<b>{SENTENCE}</b>\n<p>{SENTENCE}</p>\n"
    alone = decode(page + b"\xef\xbb\xbf<i>" + page)
    assert (alone.text, alone.mixed) == (f"<p>{SENTENCE}</p>\n<i><p>{SENTENCE}</p>\n", ())


def test_noise_is_not_readable():
    assert readable(SENTENCE) > 0.25
    assert readable("ئۇيغۇر") == 1.0
    assert readable("".join(map(chr, range(0x4E00, 0x9FA5, 61)))) < 0.1
    assert readable("") == 0.0


@given(
    st.binary(max_size=3000)
    | st.lists(st.sampled_from([b"\x80", b"<", b"\xd6\xd0", b"\xe4\xb8\xad", b"\0"])).map(b"".join)
)
@settings(deadline=None, max_examples=300)
@example(b"")
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe\xd8")
@example(b"\xff" * 700)
@example(b"\x00\xd8" * 300)
def test_any_bytes_become_text_that_can_be_stored(body: bytes):
    found = decode(body)
    found.text.encode()
    assert found.charset in CODECS
    assert detect(body) in CODECS


@given(st.text(st.characters(codec="gb18030", min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
@settings(deadline=None)
def test_a_declared_page_in_utf8_is_never_misread(text: str):
    assert decode(f"<p>{text}</p>".encode()).text == f"<p>{text}</p>"


@pytest.mark.parametrize(
    "part",
    [
        b"\0", b"\xff", b"\x80 ", b"\x81\x30", b"\xe4", b"\xed\xa0\x80", b"<meta charset=", b"charset",
        "年 ".encode("gbk"), "年\n".encode(), "年 ".encode("gbk") + "年 ".encode(),
    ],
)  # fmt: skip
def test_the_time_grows_with_the_length_alone(part: bytes):
    def seconds(length: int) -> float:
        body = b"\xff" + part * (length // len(part))
        began = time.perf_counter()
        decode(body)
        return time.perf_counter() - began

    assert min(seconds(800_000) for _ in range(2)) < 30 * seconds(100_000) + 0.1
