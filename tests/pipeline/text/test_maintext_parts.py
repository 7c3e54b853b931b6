"""Texts split over pages, joined."""

from __future__ import annotations

from pipeline.text.maintext_parts import join


def test_parts_are_joined_without_doubling():
    assert join(["标题\n甲。\n乙。", "标题\n乙。\n丙。", "标题\n乙。\n丙。", ""]) == "标题\n甲。\n乙。\n丙。"
    assert join(["甲。\n乙。", "乙。\n丙。"]) == "甲。\n乙。\n丙。"
    assert join(["甲。"]) == "甲。"
    assert join([]) == ""
