"""Damaged files, made up anew each time: a reader gives rows and sentences, never a crash."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import Refused
from pipeline.intake.formats import document
from tests.eval.file_mutations import mutated

ROUNDS, SEED = 40, 20260307
MAIL = (
    b"From: a@b.cn\r\nSubject: =?utf-8?b?5qGl?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: text/plain; charset=gb2312\r\n\r\nabc\r\n--x\r\nContent-Disposition: attachment; filename=a.txt\r\n"
    b"\r\nzz\r\n--x--\r\n"
)


@pytest.fixture
def whole(word, xlsx) -> dict[str, bytes]:
    return {
        "a.xlsx": xlsx(表=[["正文", "编号"], ["文一", 1]]),
        "a.docx": word("题", "文。", [["标题", "烘干"]], header="页眉"),
        "a.pdf": typst.compile("题\n\n文字".encode(), format="pdf"),
        "a.eml": MAIL,
        "a.csv": '编号,正文,时间\n1,"文,一",2026-1-1\n2,文二,x\n'.encode(),
        "a.jsonl": '{"text": "一", "time": "2026"}\n{"text": [1]}\n'.encode(),
        "a.html": "<html><head><title>题</title></head><body><p>一段文字。</p></body></html>".encode(),
        "a.txt": "题\n反映人：张三\n文。".encode(),
    }


def _damaged(content: bytes, chance: random.Random) -> bytes:
    torn = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(torn) + 1)
        match chance.randrange(3):
            case 0:
                torn[at : at + 1] = chance.randbytes(1)
            case 1:
                del torn[at : at + chance.randint(1, 40)]
            case _:
                torn[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(torn)


def _damaged_within(content: bytes, chance: random.Random) -> bytes:
    """A zip that is whole, with one part torn."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _damaged(part, chance) if name == chosen else part)
    return stream.getvalue()


def _ways(name: str) -> list[Callable[[bytes, random.Random], bytes]]:
    return [_damaged, _damaged_within, _damaged_within] if name in {"a.xlsx", "a.docx"} else [_damaged]


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx", "a.pdf", "a.eml", "a.csv", "a.jsonl", "a.html", "a.txt"])
def test_no_damage_crashes_a_reader(reading, whole, name):
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    for turn in range(ROUNDS):
        content = chance.choice(_ways(name))(whole[name], chance)
        try:
            found = reading(content, name)
        except Exception as error:
            raise AssertionError(f"seed {seed}, turn {turn}") from error
        for text in found.texts + [one.why for one in found.refused]:
            text.encode()


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx", "a.pdf", "a.eml", "a.csv", "a.jsonl", "a.html", "a.txt"])
def test_every_damaged_file_is_read_or_refused_with_a_reason(reading, whole, name):
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        found = reading(mutated(whole[name], chance), name)
        assert all(len(one.why) > 3 for one in found.refused)
        assert all(text.strip() for text in found.texts)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADS = (b"", b"PK\x03\x04", b"%PDF-1.7\n", OLE, b"From: a\n\n", b"<html>", b"MIME-Version: 1.0\n")
SUFFIXES = ("docx", "pdf", "eml", "html", "txt", "doc", "wps")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=400), st.sampled_from(SUFFIXES))
def test_any_bytes_are_a_draft_or_a_refusal_with_a_reason(head, rest, suffix):
    reason = "a draft"
    try:
        document(head + rest, f"a.{suffix}").text.encode()
    except Refused as refused:
        reason = str(refused)
    assert len(reason) > 3
