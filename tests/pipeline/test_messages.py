"""Messages: whole through the bus, versioned, bounded."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Broken, Terminal
from pipeline.records.messages import Crawled, Submitted, compress, decode, decompress, encode

PAGE = Crawled(message_id="f-1", source="s", origin="u", received_at="t", url="u")
NOTE = Submitted(message_id="o-1", source="s", origin="r", received_at="t", receipt="r", channel="api")


@given(st.binary(max_size=2000))
def test_a_pages_bytes_travel_untouched(body: bytes):
    message = PAGE.model_copy(update={"body": compress(body)})
    again = decode(encode(message))
    assert isinstance(again, Crawled)
    assert decompress(again.body or b"", 10_000) == body


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_submissions_text_travels_untouched(text: str):
    message = NOTE.model_copy(update={"text": text})
    assert decode(encode(message)) == message


def test_rule_3_a_newer_format_is_no_fault_of_the_message():
    with pytest.raises(Broken, match="格式 9"):
        decode(encode(NOTE).replace(b'"format":1', b'"format":9'))


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b'{"type":"other"}', b'{"type":"crawled","format":1}', b"\xff\xfe"]
)
def test_what_is_no_message_is_terminal_and_names_no_content(value: bytes):
    with pytest.raises(Terminal) as caught:
        decode(value)
    assert caught.value.step == "read"


def test_an_unknown_field_of_a_later_minor_version_is_passed_over():
    assert decode(encode(NOTE).replace(b'"receipt"', b'"later":1,"receipt"')) == NOTE


def test_a_page_that_unpacks_beyond_its_limit_is_terminal():
    with pytest.raises(Terminal, match="超过"):
        decompress(zlib.compress(b"0" * 3_000_000), 2_000_000)
    with pytest.raises(Terminal, match="损坏"):
        decompress(b"no zlib", 100)
