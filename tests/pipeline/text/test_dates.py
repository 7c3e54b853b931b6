from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.dates import published, read

RECEIVED = "2026-11-23T01:00:00.000000Z"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2026-04-04", "2026-04-03T16:00:00.000000Z"),
        ("2026年4月4日 15:30", "2026-04-04T07:30:00.000000Z"),
        ("２０２６年４月４日", "2026-04-03T16:00:00.000000Z"),
        ("2026.4.4 下午3:05", "2026-04-04T07:05:00.000000Z"),
        ("2026/2/28 11:25:05", "2026-02-28T03:25:05.000000Z"),
        ("20260404", "2026-04-03T16:00:00.000000Z"),
        ("发布时间：2026-04-04 08:00:01 来源：某网", "2026-04-04T00:00:01.000000Z"),
        ("2026-04-04T08:00:00+08:00", "2026-04-04T00:00:00.000000Z"),
        ("2026-04-04T08:00:00.123Z", "2026-04-04T08:00:00.000000Z"),
        ("Sat, 04 Apr 2026 08:00:00 +0800", "2026-04-04T00:00:00.000000Z"),
        ("2026-13-45，改为2026-04-04", "2026-04-03T16:00:00.000000Z"),
        ("2026-04-04 25:99", "2026-04-03T16:00:00.000000Z"),
        ("二〇二六年四月四日", "2026-04-03T16:00:00.000000Z"),
        ("二○一二年十二月廿九日", "2012-12-28T16:00:00.000000Z"),
        ("2026 04 / 04 08:00:01", "2026-04-04T00:00:01.000000Z"),
        ("2026年4月4日（星期六）晚上8:05", "2026-04-04T12:05:00.000000Z"),
        ("2026年4月4日，格林尼治标准时间01:02", "2026-04-04T01:02:00.000000Z"),
        ("2026-4-4 9:5:00", "2026-04-04T01:05:00.000000Z"),
        ("2026-11-23 23:59", "2026-11-23T15:59:00.000000Z"),
    ],
)
def test_dates_are_stored_in_utc_and_naive_ones_read_in_shanghai(written: str, stored: str):
    assert published(written, RECEIVED) == stored


@pytest.mark.parametrize(
    "written", [None, "", "昨天", "1989-12-31", "2026-11-25", "2099-01-01", "12345", "2026-02-30", "9"]
)
def test_what_cannot_be_a_publication_is_dropped(written: str | None):
    assert published(written, RECEIVED) is None


@given(
    st.text(st.sampled_from("0123456789-/.:年月日时TZ+ 上下午,SatAprGMT"), max_size=60)
    | st.text(st.characters(), max_size=60)
)
@settings(deadline=None, max_examples=300)
def test_no_text_breaks_the_reading(text: str):
    read(text)
    assert published(text, RECEIVED) is None or len(published(text, RECEIVED) or "") == 27
    assert published(text, "no time") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("05 Mar 2026", "2026-03-05 00:00:00"),
        ("Updated: 5 March 2026 09:12", "2026-03-05 09:12:00"),
        ("March 5, 2026", "2026-03-05 00:00:00"),
        ("Sept. 5th, 2026 at 3:04 PM", "2026-09-05 15:04:00"),
        ("02/25/2026 - 14:05", "2026-02-25 14:05:00"),
        ("25/02/2026", "2026-02-25 00:00:00"),
        ("Thu Mar 05 09:12:00 CST 2026", "2026-03-05 09:12:00"),
        ("Thu, 05 Mar 2026 09:12:00 +0800", "2026-03-05 09:12:00+08:00"),
        ("Thu Mar 05 09:12:00 GMT 2026", "2026-03-05 09:12:00+00:00"),
    ],
)
def test_dates_in_english(text: str, moment: str):
    assert str(read(text)) == moment


def test_no_dates_in_english():
    for text in ("Marx 5, 2026", "mayor 5 2026", "1/2/3/2026", "40/40/2026", "5 Foo 2026"):
        assert read(text) is None, text
