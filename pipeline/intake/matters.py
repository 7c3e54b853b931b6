"""Matters that this office does not take (OFFICE 6), each with the channel that does. Asked first, never stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of matter: its name on the form, and where it belongs."""

    name: str
    hint: str
    channel: str


# Telephone lines: 12345 is the government's, 12388 that of discipline inspection, 12380 that of the
# organisation departments, 12368 the courts', 12309 the procuratorates'; all five are nationwide.
MATTERS = {
    "petition": Matter(
        "信访",
        "请求解决个人或家庭的具体诉求、投诉求助",
        "请向当地信访部门反映，或拨打 12345 政务服务便民热线",
    ),
    "lawsuit": Matter(
        "诉讼",
        "已经或应当通过诉讼、仲裁、行政复议解决的事项",
        "请向人民法院（12368）、人民检察院（12309）或司法行政机关提出",
    ),
    "accusation": Matter(
        "举报",
        "检举、控告具体的人或单位",
        "请向纪检监察机关（12388）或有管辖权的执法机关举报",
    ),
    "personnel": Matter(
        "人事",
        "干部任免、职务职级、工资待遇等人事问题",
        "请向组织人事部门（12380）反映",
    ),
}
NONE = "none"
_BY_NAME = {matter.name: key for key, matter in MATTERS.items()} | {"都不是": NONE, "否": NONE, "无": NONE}


def key_of(declared: str) -> str | None:
    """The matter's key (`none` when it is none of them) for a key or Chinese name; None when it is neither."""
    word = declared.strip().lower()
    return word if word in MATTERS or word == NONE else _BY_NAME.get(word)
