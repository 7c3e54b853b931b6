"""The title of a page: what its head declares, its headings, and the lines it shows, weighed against each other.

    read(declared, visible, dated) -> (title, origins)

`<title>` nearly always holds the title with the site's and columns' names around it; a heading or line that equals a
run of its parts is the title. Where it holds no more than the site's name, the heading or line above the line of
date and source is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from lxml import etree

from pipeline.text import facts_declared, facts_lines, markup
from pipeline.text.facts_declared import Declared
from pipeline.text.facts_lines import Shown, both, squeezed
from pipeline.text.repair import scrub

LONGEST = 200
_SHORTEST = 4  # squeezed characters; a shorter text that is only contained in another says nothing
_BOXES = etree.XPath("//body//*[contains(@class,'it') or contains(@id,'it') or contains(@class,'bt') or @id='subject']")
_ENTITLED = re.compile("(?:^|[-_ ]|[a-z])(?:tit|title|headline)|[Tt]itle|biaoti|^bt$|[-_ ]bt(?:[-_ ]|$)|subject")
_CERTAIN = 5.0  # the worth of a candidate that needs no look at the classes of elements
_MOST_HEADINGS = 80
_WAYS, _LONGEST_COLUMN = 120, 6  # lines in which a way is looked for, and squeezed characters of a column's name
_MOST_LINES = 4  # of a heading; a longer one is a box whose class says title
_SEPARATOR = re.compile(r"\s*(?:--+|[_|｜»>＞丨]+|[—–]{1,2}|\s[-·]\s|-)\s*")
_NAMED_SITE = re.compile(
    "(?:网|網|网站|门户|频道|资讯|新闻|日报|晚报|时报|在线|百科|政府|政协|人大|委员会|财经|科技|公众号|论坛|博客|平台|"
    "客户端|首页|公开|专栏|专题|厅|局|办公室|中心|大学|学院|文库|贴吧|社区|网易|新浪|搜狐|腾讯|凤凰|党建|资料库|数据库)$"
)
# The way to a page, down to its column: 首页 - 新闻动态.
_WAY = re.compile(r"^(?:.{0,6}位置[:：]?\s?)?首\s?页\s?[-–—>＞»/|]{1,2}")
_STEP = re.compile(r"\s?[-–—>＞»/|]{1,2}\s?")
_CRUMB = re.compile("首\\s?页|当前位置|您的位置|所在位置|>>|[>＞»].+[>＞»]")
# A box of title, date and source, or the line of date and source itself.
_TELLS = re.compile(
    both(
        r"(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?\s{0,3}[0-9]{1,2}:[0-9]{2}|(?:来源|发布(?:时间|日期)|作者)\s?[:：]"
    )
)
_NO_TITLE = re.compile(
    "^(?:首页|正文|(?:新闻|文章|信息|稿件)?(?:详情|内容|正文|浏览|展示|详细|文章)(?:页|页面)?|信息公开|政务公开|新闻中心|通知公告|相关(?:新闻|阅读|链接|推荐|文章|文档)|"
    "热门.{0,4}|推荐.{0,4}|最新.{0,4}|分享.{0,6}|扫一扫.{0,20}|无标题.{0,4}|untitled.{0,10}|登录|注册|搜索|导航|字体|友情链接.{0,20}|图片新闻|"
    "网友(?:评论|跟贴|留言)|评论|目录|(?:官方|单位|部门|网站)(?:回复|答复)|公众咨询|(?:来信|留言|信件)(?:内容|详情)|.{0,8}信箱.{0,6}|.{0,8}留言板|责任编辑.{0,10}|上一篇.{0,60}|下一篇.{0,60}|打印|关闭|附件.{0,6})$",
    re.IGNORECASE,
)
# What portals hang on a heading.
_TAG = re.compile(r"\s(?:[\[【(（]?(?:原创|组图|多图|图|视频|置顶|转载|推荐|精华|独家|直播|热|新)[\]】)）]?)$")
# The column, or the mark of what is original, that sites set before a heading.
_COLUMN = re.compile(r"(?:[\[【][^\[\]【】]{1,6}[\]】]|原创)\s?")
_LEVELS = {"h1": 2.0, "h2": 1.5, "h3": 1.0}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be the title: how much its place speaks for it, where it was found, and its line if known."""

    text: str
    weight: float
    origin: str
    line: int | None = None


def read(declared: Declared, visible: Sequence[str], dated: Sequence[Shown]) -> tuple[str | None, tuple[str, ...]]:
    """The title, None when the page has none, and the origins that agree on it."""
    sites = {squeezed(name) for name in facts_declared.values(declared.metas, facts_declared.SITES)}
    own = squeezed(declared.title)
    lines = _Lines(visible, dated)
    columns = {*_columns(lines.visible)}
    names = (one for one in _declared(declared, sites) if one.origin == "meta" or squeezed(one.text) not in columns)
    candidates = [*names, *_headings(declared.headings, lines), *_seen(declared.title, lines)]
    standard = next(facts_declared.values(declared.metas, (facts_declared.STANDARD_TITLE,)), "")
    if standard and not _poor(standard, sites):
        return standard[:LONGEST], _origins(standard, [Candidate(standard, 0, "meta"), *candidates])
    if max((_worth(one, own, sites) for one in candidates), default=0.0) < _CERTAIN:
        candidates += _headings(_entitled(declared.tree), lines)
    ranked = sorted(candidates, key=lambda one: -_worth(one, own, sites))
    best = next((text for one in ranked if (text := scrub(_TAG.sub("", _less_column(one.text[:LONGEST], own))))), None)
    return best, _origins(best, candidates) if best else ()


def _less_column(text: str, own: str) -> str:
    """A heading less the column before it, which the page's own title does without, or the mark of what is original."""
    text = text.removeprefix("原创 ")
    column = _COLUMN.match(text)
    rest = squeezed(text[column.end() :]) if column else ""
    return text[column.end() :] if column and len(rest) >= _SHORTEST and own.startswith(rest) else text


def less_site(title: str, sites: frozenset[str] | set[str] = frozenset()) -> str:
    """A page's title less the names of the site and its columns, which stand behind or before it."""
    marks = list(_SEPARATOR.finditer(title))
    end = len(title)
    while marks and marks[-1].start() > 0 and _is_site(title[marks[-1].end() : end], marks[-1][0], sites):
        end = marks.pop().start()
    if marks and (marks[0].start() == 0 or _is_name(title[: marks[0].start()], sites)) and marks[0].end() < end:
        return title[marks[0].end() : end].strip()
    return title[:end].strip()


def _is_site(part: str, separator: str, sites: frozenset[str] | set[str]) -> bool:
    """Whether the last part of a title is a site's or column's name; some separators stand before nothing else."""
    strong = any(mark in separator for mark in "_|｜»>＞") or separator.strip() == "--"
    return _is_name(part, sites) or (strong and len(squeezed(part)) <= 10) or not part  # noqa: PLR2004


def _is_name(part: str, sites: frozenset[str] | set[str]) -> bool:
    short = squeezed(part)
    return short in sites or (len(short) <= 20 and _NAMED_SITE.search(short) is not None)  # noqa: PLR2004


def _columns(visible: Sequence[str]) -> Iterator[str]:
    """The columns that the way to a page names; an article's own title, which may end it, is longer."""
    ways = (line for line in visible[:_WAYS] if len(line) <= LONGEST and _WAY.match(line))
    steps = (squeezed(step) for way in ways for step in _STEP.split(way))
    yield from (step for step in steps if len(step) <= _LONGEST_COLUMN)


def _poor(text: str, sites: set[str]) -> bool:
    short = squeezed(text)
    return not short or short in sites or _NO_TITLE.match(short) is not None


class _Lines:
    """A page's lines, where each stands, and which of them tell about the page."""

    def __init__(self, visible: Sequence[str], dated: Sequence[Shown]) -> None:
        self.visible = visible[: facts_lines.LINES]
        self.told = tuple(sorted({one.place for one in dated if facts_lines.telling(one)}))
        self._places: dict[str, list[int]] = {}
        for number, line in enumerate(self.visible):
            self._places.setdefault(line, []).append(number)

    def place(self, text: str) -> int | None:
        """Of the lines that show a text the first that something told about the page follows, else the first."""
        places = self._places.get(text, [])
        return next((place for place in places if self.followed(place)), places[0] if places else None)

    def followed(self, line: int | None) -> float:
        """2 for a line right above what is told about the page, less with every line between."""
        if line is None:
            return 0.0
        after = next((number - line for number in self.told if number >= line), 99)
        return max(0.0, 2 - 0.15 * after)


def _declared(declared: Declared, sites: set[str]) -> Iterator[Candidate]:
    for text in facts_declared.values(declared.metas, facts_declared.TITLES):
        yield Candidate(less_site(text, sites), 3.5, "meta")
    if headline := declared.linked.get("headline"):
        yield Candidate(less_site(headline, sites), 3.5, "meta")
    if declared.title:
        yield Candidate(less_site(declared.title, sites), 2.0, "page title")


def _entitled(tree: markup.Tree) -> list[markup.Tree]:
    """The elements whose class or identity says that they hold a title."""
    boxes = cast("list[markup.Tree]", _BOXES(tree))
    return [box for box in boxes if _ENTITLED.search(box.get("class") or "") or _ENTITLED.search(box.get("id") or "")]


def _headings(elements: Sequence[markup.Tree], lines: _Lines) -> Iterator[Candidate]:
    seen: set[str] = set()
    for element in elements[:_MOST_HEADINGS]:
        own = list(islice(markup.lines(element), _MOST_LINES + 1))
        text = " ".join(own)
        if not own or len(own) > _MOST_LINES or len(text) > LONGEST or text in seen:
            continue
        seen.add(text)
        around = element.getparent()
        linking = (around is not None and around.tag == "a") or (len(element) == 1 and element[0].tag == "a")
        weight = _LEVELS.get(cast("str", element.tag), 1.0) - 1.5 * linking
        line = lines.place(own[0])
        yield Candidate(text, weight + lines.followed(line), "heading", line)


def _seen(title: str, lines: _Lines) -> Iterator[Candidate]:
    """The lines that equal a run of the page title's parts, and the lines right above what is told about the page."""
    key = squeezed(title)
    runs = {*_runs(title)}
    for number, line in enumerate(lines.visible):
        if len(line) <= LONGEST and line[0] in key and squeezed(line) in runs:
            yield Candidate(line, 0.5 + lines.followed(number), "line", number)
    for number in lines.told[:3]:
        for back in (1, 2):
            if number >= back and len(line := lines.visible[number - back]) <= LONGEST / 2:
                yield Candidate(line, 2 - back / 2, "line", number - back)


def _runs(own: str) -> Iterator[str]:
    """Every run of the parts of a page title, as it is compared."""
    marks = [(0, 0), *(match.span() for match in islice(_SEPARATOR.finditer(own), 8)), (len(own), len(own))]
    for first, (_, begin) in enumerate(marks[:-1]):
        for end, _ in marks[first + 1 :]:
            if len(run := squeezed(own[begin:end])) > 1:
                yield run


def _worth(one: Candidate, own: str, sites: set[str]) -> float:
    short = squeezed(one.text)
    worth = one.weight + (0 if one.origin == "page title" else _agreement(short, own))
    if short in sites or _NO_TITLE.match(short):
        worth -= 6
    elif _NAMED_SITE.search(short) and len(short) <= 20:  # noqa: PLR2004
        worth -= 2.5
    if _CRUMB.search(one.text) or _TELLS.search(one.text):
        worth -= 4
    if not re.search(r"[^\W\d_]", short):
        worth -= 6
    return worth - 2 * (len(short) < _SHORTEST)


def _agreement(short: str, own: str) -> float:
    """How far the page's own title speaks for a text: it begins with it, holds it, or is cut off from it."""
    if not short or not own:
        return 0.0
    share = min(len(short) / len(own), 1.0)
    if own.startswith(short):
        return 3.0 + share
    if len(short) >= _SHORTEST and short in own:
        return 2.0 + share
    cut = own.rstrip(".…")
    if len(cut) >= 2 * _SHORTEST and short.startswith(cut):
        return 3.0
    return 0.0


def _origins(title: str, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    key = squeezed(title)
    return tuple(sorted({one.origin for one in candidates if squeezed(one.text) == key}))
