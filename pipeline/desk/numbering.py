"""Numbers and the names of files. Numbers are given at issue alone (OFFICE 10), files named by OFFICE 26."""

from __future__ import annotations

import re
from datetime import date

from pipeline.records.bulletins import Bulletin
from pipeline.rules.series import Series

FORMATS = ("docx", "pdf", "html", "md")
NAME_LIMIT = 80
TITLE_LIMIT = 20
# What Windows forbids in a name, and what it silently drops or what breaks a command line.
UNSAFE = re.compile(r"[\\/:*?\"<>|\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff\s]+")


def before_first(series: Series, year: int) -> tuple[int, int]:
    """(last number, last running number) that the counters of this year begin from."""
    return (series.start.number - 1 if year == series.start.year else 0, series.start.running - 1)


def printed_number(number: int, running: int, *, print_running: bool) -> str:
    """「第86期（总第1203期）」"""
    return f"第{number}期（总第{running}期）" if print_running else f"第{number}期"


def year_warning(signed_on: str, issued: date) -> str | None:
    """The sentence for a signature of another year than the issue's."""
    if signed_on[:4] == str(issued.year):
        return None
    return f"签发日期在{signed_on[:4]}年，印发日期在{issued.year}年：按印发日期编入{issued.year}年的期号"


def file_name(bulletin: Bulletin, suffix: str) -> str:
    """`社情民意信息_2026年第086期_标题前20字_印发稿.docx`, a draft as 送审稿: safe on Windows, at most 80
    characters, no person."""
    stage = "送审稿" if bulletin.draft else "印发稿"
    correction = "更正" if bulletin.edition > 1 else None
    number = None if bulletin.number is None else f"{bulletin.year}年第{bulletin.number:03d}期"
    title = safe(bulletin.title)[:TITLE_LIMIT].rstrip(".")
    parts = (safe(bulletin.series), number, title, correction, stage)
    name = "_".join(part for part in parts if part)[: NAME_LIMIT - len(suffix) - 1]
    return f"{name}.{suffix}"


def safe(text: str) -> str:
    """A text without what a file name may not hold."""
    return UNSAFE.sub("", text).strip(". ")
