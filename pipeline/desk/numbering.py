"""Numbers: given at issue alone, following, each once (OFFICE 10)."""

from __future__ import annotations

from datetime import date

from pipeline.rules.series import Series


def before_first(series: Series, year: int) -> tuple[int, int]:
    """(last number, last running number) from which the counters of this year begin."""
    return (series.start.number - 1 if year == series.start.year else 0, series.start.running - 1)


def printed_number(number: int, running: int, *, print_running: bool) -> str:
    """第86期（总第1203期）"""
    return f"第{number}期（总第{running}期）" if print_running else f"第{number}期"


def year_warning(signed_on: str, issued: date) -> str | None:
    """The sentence for a signature of another year than the issue's."""
    if signed_on[:4] == str(issued.year):
        return None
    return f"签发日期在{signed_on[:4]}年，印发日期在{issued.year}年：按印发日期编入{issued.year}年的期号"
