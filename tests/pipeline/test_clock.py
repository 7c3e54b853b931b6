"""Time: stored UTC of fixed width, shown with +08:00, days of Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock import day_of, parsed, shown, stored


def test_a_naive_time_is_shanghais():
    assert stored(datetime(2026, 1, 1, 7, 0)) == "2025-12-31T23:00:00.000000Z"  # noqa: DTZ001 - naive is the case


def test_the_day_turns_at_shanghais_midnight():
    assert day_of("2025-12-31T15:59:59.999999Z") == "2025-12-31"
    assert day_of("2025-12-31T16:00:00.000000Z") == "2026-01-01"


def test_a_time_is_shown_with_its_offset():
    assert shown("2026-11-23T01:00:00.000000Z") == "2026-11-23T09:00:00+08:00"


@given(st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_stored_times_keep_their_moment_and_width(moment: datetime):
    text = stored(moment)
    assert parsed(text) == moment
    assert len(text) == 27
