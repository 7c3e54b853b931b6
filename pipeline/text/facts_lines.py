"""The lines of a page that tell about it: which dates they show, and where its title stands among them.

    shown(visible, until, neighbours) -> list[Shown]      place(title, visible, shown) -> int | None

A page's lines are read up to a bound; what stands in a running paragraph is the matter's date, not the page's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.text import dates
from pipeline.text.dates import Written

LINES = 1500
_PARAGRAPH = 90  # characters; a longer line is running text, or a whole page in one line
_LONGEST_LINE = 1500
_NEAR = 10  # lines between a title and what is told about it
_HAS_DATE = re.compile(
    "(?:19|20)[0-9]{2}|[一二][九〇○零Ｏ０0][一-龥〇○零Ｏ０]{2}年|[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]|[０-９]{4}"
)
_FORMS = {
    simple: f"[{simple}{other}]"
    for simple, other in zip("发布时间来记员责编辑单报讯关机号", "發佈時間來記員責編輯單報訊關機號", strict=True)
}


def both(pattern: str) -> str:
    """A pattern of labels in simplified characters, for traditional ones as well; none may stand in its [ ]."""
    return "".join(_FORMS.get(char, char) for char in pattern)


def spaced(*words: str) -> str:
    """Any of the words, which pages stretch with blanks: 发 布 日 期."""
    return both("(?:" + "|".join(r"\s?".join(word) for word in words) + ")")


_WHEN = spaced("日期", "时间")
# Whose label a date has: the document's, the page's last change's, its publication's; a bare 时间 may be a meeting's.
_OF_DOCUMENT = spaced(*"成文 生成 制发 印发 签发 发文 落款 形成".split())  # noqa: SIM905
_OF_CHANGE = spaced(*"更新 修改 编辑 回复 答复 办理".split())  # noqa: SIM905
_OF_PUBLICATION = spaced(
    *"发布 发表 发稿 刊发 刊登 公开 公布 上传 上网 录入 添加 提交 创建 登载 张贴 编发 推送 入库 投稿".split(),  # noqa: SIM905
    *"写信 来信 留言 信件 发帖 提问 反映".split(),  # noqa: SIM905
)
_LABEL = re.compile(
    rf"(?:(?P<document>{_OF_DOCUMENT}\s?{_WHEN})|(?P<updated>{_OF_CHANGE}\s?(?:{_WHEN}|于))"
    rf"|(?P<published>{_OF_PUBLICATION}\s?(?:{_WHEN}|于)|(?<![一-龥]){spaced('发布', '发表')}(?=\s?[:：]))"
    rf"|(?P<telling>(?<![一-龥])(?:信息|文章|稿件)?{_WHEN}))[\s:：\[【(（|｜]{{0,6}}"
)
# The end of a label with a date or nothing behind it: what is asked of every line has to be quick.
_HINT = re.compile(r"[期间間于布佈表][\s:：\[【(（|｜]{0,6}(?:.{0,2}[0-9０-９一二]|$)")
# What stands beside a date in the line that tells about a page.
_TELLING = re.compile(
    both(
        r"(?:来\s?源|作\s?者|浏览|阅读|点击|编\s?辑|记\s?者|访问|稿源|出处|供稿|责编|次数|数|量|人气|网友|留言人?|写信人|楼主)\s?[:：|｜]|字\s?(?:体|号)|"
        r"打印|分享|评论|参与|大\s?.?\s?中\s?.?\s?小|(?:来源|阅读|浏览|点击)\s?[0-9(（]|[次人]$|来源$|(?i:source|updated|published|posted|author|views)\s?[:：]"
    )
)
_SENTENCE = re.compile("[。；！？!?]|^[日]?[，,、至到起前后的在]")  # behind a date, in running text
_NOT_ITS_OWN = re.compile("今天是|今日是|现在是|当前|版权|[Cc]opyright|©|备案|ICP|截止|截至|有效|截图")
_PUBLISHED_BEHIND = re.compile(both(r"\s?(?:发布|发表)(?![一-龥])"))
_OTHERS = re.compile("推荐|更新|修改|回复")
_WEEKDAY = re.compile("星期|礼拜|周[一二三四五六日]")
_TWO_DIGITS = re.compile(r"\s{0,2}([0-9]{2})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_GAP = re.compile(r"(?:[^一-龥]|[为是在于]){0,2}")  # between a label and its date
_LETTERS = re.compile(r"[\W_]+")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A date in line `place`: `kind` is its label's (published, updated, document), or else telling (beside a source or
    the like), alone (nothing beside it), day (beside a day of the week, as papers do), listed (beside words)."""

    place: int
    kind: str
    clocked: bool
    moment: datetime


def shown(visible: Sequence[str], until: datetime | None, neighbours: Collection[int] = ()) -> list[Shown]:
    """The dates that the lines show outside running text, in reading order; none before 1990, none after `until`, no
    bare ones of `neighbours`: lines beside a link to another page, which are that page's."""
    return [
        one
        for number, line in enumerate(visible[:LINES])
        if len(line) <= _LONGEST_LINE and (_HINT.search(line) or (len(line) <= _PARAGRAPH and _HAS_DATE.search(line)))
        for one in _dates(number, line, visible)
        if possible(one.moment, until) and not (number in neighbours and _bare(one))
    ]


def _bare(one: Shown) -> bool:
    return not one.clocked and one.kind in ("alone", "listed", "day")


def possible(moment: datetime, until: datetime | None) -> bool:
    """Whether a page can have been published then."""
    form = moment.replace(tzinfo=None)
    return form.year >= int(dates.EARLIEST[:4]) and (until is None or form.date() <= until.date())


def squeezed(text: str) -> str:
    """As titles are compared: NFKC, without blanks."""
    return _BLANKS.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))


def place(title: str | None, visible: Sequence[str], dated: Sequence[Shown]) -> int | None:
    """The line of the title that a telling line follows, else the first that shows it; None when none does."""
    key = squeezed(title or "")
    if not key:
        return None
    lines = visible[:LINES]
    begin = (title or "").strip()[:2]
    # Most lines are told apart by two characters; a title declared in other widths needs every line compared.
    places = _showing(key, lines, begin) or _showing(key, lines, "")
    followed = (number for number in places if any(0 <= one.place - number <= _NEAR for one in dated if telling(one)))
    return next(followed, places[0] if places else None)


def telling(one: Shown) -> bool:
    """Whether a line with that date is likely to tell about the page."""
    return one.kind in ("published", "telling", "updated", "document") or (one.clocked and one.kind == "alone")


def _showing(key: str, lines: Sequence[str], begin: str) -> list[int]:
    least, most = min(len(key), 6), 3 * len(key) + 40
    return [
        number
        for number, line in enumerate(lines)
        if len(line) >= least and begin in line and _shows(key, squeezed(line[:most]))
    ]


def _shows(key: str, line: str) -> bool:
    """A line shows a title that it equals, begins with, or is a beginning of (a title over two lines)."""
    return line.startswith(key) or (len(line) >= min(len(key), 6) and key.startswith(line)) or line.endswith(key)


def _dates(number: int, line: str, visible: Sequence[str]) -> Iterator[Shown]:
    labels = list(_LABEL.finditer(line)) if _HINT.search(line) else []
    if labels and labels[-1].end() == len(line) and number + 1 < len(visible) and len(line) <= _PARAGRAPH:
        line = f"{line} {visible[number + 1][:40]}"  # the value stands in the cell or line after its label
    labelled = [
        Shown(number, label.lastgroup or "", found.clocked, found.moment)
        for label in labels
        if (found := _after(line, label.end()))
    ]
    yield from labelled
    if not labelled and len(line) <= _PARAGRAPH and _HAS_DATE.search(line) and (found := dates.find(line)):
        yield from _unlabelled(number, line, found)


def _after(line: str, start: int) -> Written | None:
    """The date right after a label; its year may have two digits there."""
    part = line[start : start + 48]
    if short := _TWO_DIGITS.match(part):
        year, _, month, day = short.groups()
        part = f"20{year}-{month}-{day}{part[short.end() :]}"
    found = dates.find(part)
    return found if found and _GAP.fullmatch(part, 0, found.start) else None


def _unlabelled(number: int, line: str, found: Written) -> Iterator[Shown]:
    if _NOT_ITS_OWN.search(line) or _SENTENCE.search(line[found.end :].lstrip()):
        return
    beside = line[: found.start] + line[found.end :]
    words = len(_LETTERS.sub("", beside))
    if _PUBLISHED_BEHIND.match(line, found.end) and not _OTHERS.search(line[: found.start]):
        kind = "published"
    elif _WEEKDAY.search(line) and not found.clocked:
        kind = "day"
    elif _TELLING.search(beside):
        kind = "telling"
    else:
        kind = "alone" if words <= 12 * found.clocked + 1 else "listed"  # a medium's name may stand beside it
    yield Shown(number, kind, found.clocked, found.moment)
