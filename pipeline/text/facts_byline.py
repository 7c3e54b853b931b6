"""Who wrote a page and where it is from: the line of date and source, bylines, datelines, signatures, meta tags.

    windows(visible, place) -> lines                author(metas, lines) -> (names joined by 、, origin)
    source(metas, lines, publisher) -> (name, origin)

An author is a person named as who wrote it; editors, photographers and offices are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.text import facts_declared
from pipeline.text.facts_lines import both, spaced
from pipeline.text.surnames import SURNAMES, TRADITIONAL

_ABOVE, _BELOW, _LINES = 10, 16, 600
_LONGEST_LINE = 1200
_MOST = 60_000  # characters looked through behind the title
_INFO_LINE = 160  # characters; a longer line near the title is its first paragraph
_LONGEST_SOURCE = 60
_MOST_NAMES = 12
_BEGINNING = 24  # characters of a byline in which a word says that it is none
_SURNAME = re.compile(f"[{SURNAMES}{TRADITIONAL}]")

# Labels of a source, by how much they say: who published it stands in for where it is from.
_FROM = (
    "(?:"
    + spaced(
        *"来源于 来源 稿源 出处 转载自 转自 供稿单位 供稿 来稿单位 信息提供 发文机关 发文单位 发文机构".split(),  # noqa: SIM905
        *"制定机关 发布机构 发布单位 发布部门 公开机构 公开主体 公开单位 责任部门".split(),  # noqa: SIM905
    )
    + "|(?<![A-Za-z])(?:Source|SOURCE))"
)
_KINDS = spaced("信息", "文章", "稿件", "新闻", "消息", "内容", "本文", "作品", "原文")
# In the line after its label a value is short, and no label itself.
_BELOW_LABEL = r"(?![^\n:：]{1,8}[:：])[^\n。，]{2,40}(?:\n|$)"
_VALUE = rf"(?:[^\S\n]{{0,6}}|\s{{0,6}}(?={_BELOW_LABEL}))([^\n]{{2,80}})"
_SOURCE = re.compile(rf"(?<![一-龥])(?:{_KINDS}\s?)?{_FROM}(?:单位|部门|媒体)?\s?[:：]{_VALUE}")
_SOURCE_CELL = re.compile(rf"^(?:{_KINDS}\s?)?{_FROM}(?:单位|部门|媒体)?\s?\n{_VALUE}", re.MULTILINE)
_SOURCE_INSIDE = re.compile(rf"(?<![图片据频料金]){_FROM}(?:单位|部门|媒体)?\s?[:：]{_VALUE}")
# Where the value of a label ends: at the next label, or at a mark.
_NEXT = re.compile(
    both(
        r"[|｜，。,;；<>【】\[\]“”\"]|(?:作\s?者|发\s?布|浏\s?览|责?任?编\s?辑|时\s?间|日\s?期|字\s?(?:体|号)|点\s?击|阅\s?读|"
        r"记\s?者|访\s?问|来\s?源|责\s?编|校对|审核|评论|撰稿|摄影|通讯员|索引|文号|标题|名称|主题|更新|录入|稿源|栏目|分类|上传)"
        r"[^\s:：\[【]{0,4}\s?[:：]|(?:分享|打印|关闭|我要|扫一扫|收藏|字体|大\s?中\s?小|[0-9]{1,6}\s?人?参与|浏览|阅读|点击|"
        r"(?:19|20)[0-9]{2}\s?[-/年.])(?=[\s0-9]|$)|我有话说"
    )
)
_NO_SOURCE = re.compile(
    r"^(?:举报|分享|评论|未知|无|暂无|原创|转载|发布|发表|其他|其它|不详|网络|互联网|null|none|undefined|[\W\d_]+)$",
    re.IGNORECASE,
)
_MEDIUM = re.compile(
    "(?:[一-龥]报|[一-龥]報|网|網|社|新闻|电视台|客户端|频道|之声|周刊|杂志|科技|财经|消息|观察|在线|政府|委员会|局|厅|办公室|政协|综合|"
    "委|部|院|传媒|报道|公众号|编辑部|中心|融媒体?|发布)(?:官网|网站|APP|微信|微博)?$"
)
_WORD = re.compile(
    "(?!.*(?:分享|微信|微博|字号|字体|评论|阅读|浏览|打印|收藏|星期|举报|关注|点击|我要|扫码|手机|缩小|放大|人气|发布|发表|更新|正文))[一-龥]{3,12}$"
)
_BESIDE_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-/.年\s]{1,3}[0-9]{1,2}[-/.月\s]{1,3}[0-9]{1,2}日?[\sT]{0,3}[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    r"[ \t|｜·]{0,3}([^\n]{0,60})(?:\n([^\n]{2,24}))?"
)
# A medium's name at the head of a line, before its date or what stands for one.
_BEFORE_DATE = re.compile(
    r"^(?:原创\s)?([^\s:：|｜·，。]{2,20})[ \t|｜·]{1,4}"
    r"(?:(?:19|20)[0-9]{2}[-/.年]|[0-9]{1,2}\s?(?:小时|分钟|天)前|[昨前今]天)",
    re.MULTILINE,
)
# Or alone in the line above it, the writer before it or not: 新华社; 王小明/岚禾日报.
_ABOVE_DATE = re.compile(
    r"^(?:([一-龥]{2,4}(?:[ 、][一-龥]{2,4}){0,3})\s?[/／]\s?)?"
    r"((?(1)[一-龥]{1,8}(?:社|报|報)|(?:(?:新华|中新)社|[一-龥]{1,8}(?:[日晚晨早时商]报|青年报|都市报|法[治制]报|电视台|通讯社))))"
    r"\n(?=(?:19|20)[0-9]{2}[-/.年])",
    re.MULTILINE,
)
_IN_ENGLISH = re.compile(
    r"^By:?\s(?!Staff|Our|The)([A-Z][A-Za-z-]{1,20}(?:\s[A-Z][A-Za-z-]{1,20}){1,3})(?=\s{0,3}(?:[|,/·]|$))",
    re.MULTILINE,
)
_WRITES = spaced("记者", "评论员", "通讯员", "撰稿人", "撰稿", "撰文", "特约作者", "特派员", "观察员")
_HOUSE = both("(?:本报|本网|本刊|本台|全媒体|见习|实习|特约|首席|融媒体?|[一-龥A-Za-z]{2,8}|“[一-龥]{2,8}”)")
_LABELLED = both(r"(?:作\s?者|撰\s?稿\s?人?|撰\s?文|执\s?笔\s?人?|采\s?写|来信人|写信人|留言人)\s?[:：]" + _VALUE)
_BY_LABEL = re.compile(rf"(?<![一-龥]){_LABELLED}")
_BY_LABEL_INSIDE = re.compile(_LABELLED)
_BY_ROLE_INSIDE = re.compile(rf"(?:^|[\s|｜]){_WRITES}\s?[:：]\s{{0,3}}([^\n]{{2,40}})")
_BYLINES = (
    re.compile(rf"^{_HOUSE}?{_HOUSE}?{_WRITES}[ :：/／|｜]{{0,3}}([^\n，。,]{{2,50}})$", re.MULTILINE),
    re.compile(
        rf"[(（【]\s?{_HOUSE}?{_HOUSE}?(?:{_WRITES}|作者(?!单位|系|简介|为))[\s:：/／]{{0,3}}([^()（）【】\n]{{2,60}})[)）】]"
    ),
    re.compile(
        rf"(?:^|[\s(（【|｜])(?:文|执笔)\s?[/／|｜:：]\s?(?:图\s?[/／]?\s?)?(?:{_HOUSE}?{_WRITES})?\s{{0,3}}([^\n()（）]{{2,50}})",
        re.MULTILINE,
    ),
)
# In a line with a date: 2026-05-22 07:11 岚禾网 记者 王小明; WordPress's and Drupal's 由 王小明 提交于 2026-05-22.
_DATED_LINE = r"^(?=[^\n]{0,80}(?:19|20)[0-9]{2}(?![0-9]))(?:[^\n]{0,80}\s)?"
_BY_DATED_ROLE = re.compile(rf"{_DATED_LINE}{_WRITES}\s{{1,3}}([^\n]{{2,40}})$", re.MULTILINE)
_BY_SUBMITTER = re.compile(
    rf"{_DATED_LINE}由\s{{1,3}}([一-龥·]{{2,12}})(?=\s{{0,3}}(?:$|[|｜]|\s(?:提交|发布|发表|撰写)于?))", re.MULTILINE
)
# In a row of facts, labels without a colon: 发表于2024-01-05 | 来源岚禾网 | 作者王小明.
_ROW = r"^(?=[^\n]{0,80}(?:19|20)[0-9]{2})[^\n]{0,80}[|｜]\s?"
_UNMARKED_SOURCE = re.compile(_ROW + r"来源\s?([^\s:：|｜]{2,20})(?=\s?(?:[|｜]|$))", re.MULTILINE)
_UNMARKED_AUTHOR = re.compile(_ROW + r"作者\s?([一-龥]{2,4})(?=\s?(?:[|｜]|$))", re.MULTILINE)
_BY_DATE = (_BY_DATED_ROLE, _BY_SUBMITTER, _ABOVE_DATE, _UNMARKED_AUTHOR)
_EDITORS = re.compile(
    both(r"(?:编\s?辑|责\s?编|校\s?对|审\s?核|监\s?制)[\s:：]{1,6}([一-龥]{2,4}(?:[ 、]{1,2}[一-龥]{2,4}){0,4})")
)
_ROLES = re.compile(rf"(?:{_WRITES}|实习生|作者)[\s:：]{{0,2}}")
# 南都记者 王小明: the paper's name, short as it is, stands before the role.
_PAPER = re.compile(r"^(?![一-龥]{0,6}通讯员)[一-龥]{2,8}(?:见习|实习|首席|特派)?记者\s{0,3}(?=[一-龥])")
_HOUSES = re.compile("(?:报|报社|網|网|社|台|刊|新闻|客户端|全媒体|见习|实习|特约|首席|专栏)$")
_APART = re.compile(r"[\s、，,/／;；|｜和与&＆]+")
_NAME = re.compile("[一-龥]{2,4}$|[一-龥]{1,12}·[一-龥·]{1,12}$|[A-Z][a-z]{1,20}$")
_NO_PERSON = re.compile(
    "(?:单位|报|网|社|局|委|办|部|厅|台|中心|科室?|处|组|队|公司|政府|频道|编辑|管理员|办公室|大学|学院|医院|法院|政协|综合|工作室|小编|先生|女士|同志|网友)$|"
    "^(?:[Aa]dmin|评论|分享|举报|佚名|未知|匿名|本站|原创|网络|转载|无|暂无|系统|超级)|摄影?$|[图供]$"
)
_END_OF_NAMES = re.compile(
    both(r"[:：(（)）<>\[\]【】。“”]|来\s?源|浏览|发布|时间|日期|责?任?编\s?辑|阅读|点击|字\s?(?:体|号)|责编|校对|审核")
)
_NOT_WRITTEN = re.compile("摄|图片|供图|制图|漫画|视频|整理|编译|译$|报道$|说$|获悉|了解")
# Who pictured it, behind who wrote it.
_PICTURED = re.compile(
    r"(?<=[一-龥])[\s|｜/／、]{1,6}(?:摄影|图片?|供图|制图|视频|漫画|摄像)\s?(?:报道|/|／|[:：|｜]).*|\s{0,2}摄影报道$"
)
_OFFICE = re.compile("[一-龥]{2,15}(?:局|委|办|部|厅|中心|政府|委员会|办公室|宣传部|院|大学|学院|公司)$")


class Windows(NamedTuple):
    """The lines around the title, those of them that are no sentences, and the rest of the page."""

    near: str
    info: str
    rest: str


def windows(visible: Sequence[str], place: int | None) -> Windows:
    """The lines around the title and those behind it (or, without a title, no lines and all)."""
    lines = [line[:_LONGEST_LINE] for line in visible[: (place or 0) + _LINES]]
    if place is None:
        return Windows("", "", "\n".join(lines)[:_MOST])
    begin, end = max(place - _ABOVE, 0), place + _BELOW
    near = lines[begin:end]
    info = [line for line in near if len(line) <= _INFO_LINE and "。" not in line]
    return Windows("\n".join(near), "\n".join(info), "\n".join([*lines[end:], "", *lines[:begin]])[:_MOST])


def source(metas: Mapping[str, str], lines: Windows, publisher: str | None = None) -> tuple[str | None, str]:
    """The medium or office: as the page names it near its title, elsewhere, in its head, beside its date; the linked
    data's publisher at last."""
    near, info, rest = lines
    for rule, text in ((_SOURCE, near), (_SOURCE_INSIDE, info), (_SOURCE_CELL, near), (_SOURCE, rest)):
        if found := next(filter(None, map(_named, rule.finditer(text))), None):
            return found, "line"
    for value in facts_declared.values(metas, facts_declared.SOURCES):
        if found := _medium(value.split("：")[-1]):
            return found, "meta"
    if found := next(_beside_date(info), None):
        return found, "line"
    writers = facts_declared.values(metas, facts_declared.AUTHORS)
    if found := next((name for name in writers if name in near and _MEDIUM.search(name)), None):
        return found, "meta"
    found = _medium(publisher or "")
    return found, "linked data" if found else ""


def author(metas: Mapping[str, str], lines: Windows) -> tuple[str | None, str]:
    """The persons who wrote it, joined by 、, and where they are named."""
    near, info, rest = lines
    rules = (_BY_LABEL, near), (_BY_LABEL_INSIDE, info), (_BY_ROLE_INSIDE, info)
    places = [*rules, *((rule, near) for rule in _BYLINES), *((rule, rest) for rule in (_BY_LABEL, *_BYLINES))]
    matches = (match for rule, text in places for match in rule.finditer(text))
    named = (found for match in matches if (found := _persons(match[1], surname=_glued(match))))
    if found := next(named, None):
        return found, "line"
    dated = (match for rule in _BY_DATE for match in rule.finditer(info))
    if found := next(filter(None, (_persons(match[1], surname=True) for match in dated if match[1])), None):
        return found, "line"
    if english := _IN_ENGLISH.search(near):
        return english[1], "line"
    editors = "".join(match[1] for match in _EDITORS.finditer(f"{near}\n{rest}"))
    for value in facts_declared.values(metas, facts_declared.AUTHORS):
        if (found := _persons(value, surname=True)) and not any(name in editors for name in found.split("、")):
            return found, "meta"
    return None, ""


def _glued(match: re.Match[str]) -> bool:
    """Whether a role stands right before what may be a name: 观察员福利 is none, where 观察员：福利 may be."""
    return match[0].startswith(("观察员", "评论员")) and "一" <= match.string[match.start(1) - 1] <= "龥"


def _named(match: re.Match[str]) -> str | None:
    """What stands after a label of a source; a person who sent it in (供稿) is none."""
    name = _medium(match[1])
    person = name and "供" in match[0][:2] and len(name) <= 3 and _SURNAME.match(name) and not _MEDIUM.search(name)  # noqa: PLR2004
    return None if person else name


def _medium(value: str) -> str | None:
    """A source's name out of what stands after its label."""
    value = value.strip(" :：　-—[【·•")
    if end := _NEXT.search(value):
        value = value[: end.start()]
    words = re.split(r"\s+", value.strip("《》“”\"' 　()（）"))
    kept = words[:1]
    for word in words[1:]:
        if not _joins(kept[-1], word):
            break
        kept.append(word)
    name = re.sub(r"\s?[(（][^()（）]{1,20}[)）]?$", "", " ".join(kept)).strip("《》:： ")
    return None if not name or len(name) > _LONGEST_SOURCE or _NO_SOURCE.match(name) else name


def _joins(before: str, word: str) -> bool:
    """Whether a name goes on behind a blank: China Daily, 人民网 - 文化频道, 新 华 社."""
    return before in "-—·" or word in "-—·" or (before.isascii() and word.isascii()) or len(before) == len(word) == 1


def _beside_date(info: str) -> Iterator[str]:
    """What stands behind a date and time: the name of a medium, or a single word in the same line that is no person."""
    for match in _BESIDE_DATE.finditer(info):
        for part in (match[1], match[2] if not match[1].strip() else ""):
            name = None if re.search("[:：]", part or "：") else _medium(part)
            if name and (_MEDIUM.search(name) or (part is match[1] and _is_a_name(match[1].strip(" ·•|｜")))):
                yield name
    yield from (match[1] for match in _BEFORE_DATE.finditer(info) if _MEDIUM.search(match[1]))
    yield from (match[2] for match in _ABOVE_DATE.finditer(info))
    yield from (match[1] for match in _UNMARKED_SOURCE.finditer(info))


def _is_a_name(word: str) -> bool:
    return _WORD.match(word) is not None and not (_SURNAME.match(word) and len(word) <= 3)  # noqa: PLR2004


def _persons(value: str, *, surname: bool = False) -> str | None:
    """The names of persons that a byline begins with; None when it names none, or who pictured or edited."""
    value = _PICTURED.sub("", _ROLES.sub(" ", _PAPER.sub("", value.strip("：: 　"))))
    if end := _END_OF_NAMES.search(value):
        value = value[: end.start()]
    if _NOT_WRITTEN.search(value[:_BEGINNING]):
        return None
    names: list[str] = []
    for word in [word for word in _APART.split(value) if word][:_MOST_NAMES]:
        if not names and (_HOUSES.search(word) or (not surname and _OFFICE.match(word))):
            continue
        if not _NAME.match(word) or _NO_PERSON.search(word) or ((names or surname) and not _SURNAME.match(word)):
            break
        names.append(word)
    return "、".join(names) or None
