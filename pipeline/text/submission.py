"""Facts of a submission in its own words: title, author, unit and telephone, where they stand and how sure they are.

    facts(text) -> Facts        .title .author .unit .phone …: Fact(value, confidence, start, end) | None

Authors name themselves at the head (under the title) or the foot of a text: in lines that say so (反映人：张三), in
brackets, in a by-line (县农业农村局　张三), a signature before the date, the last sentence, or the opening words
(县政协委员张三反映：). Only these places are looked at, so that nobody of whom a text speaks becomes its author. What
is found is a suggestion for a person to confirm: a label with a value of the right shape is .95, a by-line .85, a guess
less. Pure, linear, never raises.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from pipeline.text import submission_titles as titles
from pipeline.text import submission_values as values
from pipeline.text import submission_words as words

HEAD, FOOT = 12, 8  # lines that are not empty
LONGEST = 160  # characters of a line that is looked at as a whole
_BY_LINE = 40
_BRACKETED = re.compile(r"[（(]([^（()）\n]{0,60}(?:[（(][^（()）\n]{0,30}[)）][^（()）\n]{0,60}){0,3})[)）]\s{0,9}$")
_LAST = re.compile(r"[。！？!?；;](?:此致敬礼[！!]?)?([^。！？!?；;]{4,120}[。；;]?)$")
_IS_BY = re.compile(r"(?:本文)?(?:作者|反映人|撰稿人|执笔人|供稿人)(?:系|为|是)[:：]?")
_OPENING = re.compile(
    r"(?:据|接)?([^，,。；;：:？！\n]{2,60}(?:、[^，,。；;：:？！\n]{2,30}){0,3})(?:来信|来稿|近日|日前)?(反映|认为|提出|建议|指出)(?:[：:，,]|了)"
)
# Whoever is said to think or to point out something is quoted, unless he is one whose office it is to submit.
_DELEGATE = re.compile("委员|代表|[会盟社党成]员")
_IN_OFFICE = re.compile("书记|总理|主席|主任|[部省市县区州局厅处科院校会行所站镇乡村董事]长")
_CALLED = re.compile(rf"(?:我|本人|我名|我的名字|本人名)(?:叫|是叫)({words.NAME.pattern})(?=[，,。；;、（(\s])")
_BESIDE = re.compile(
    rf"(?:电话|手机|联系方式)(?:号码|号)?(?:是|为)?[:：]?\s?({words.MOBILE}|{words.AREA})(?![0-9A-Za-z])"
)
# A form's heading before the text.
_BODY = re.compile(r"[（(【]?(?:正\s{0,4}文|信息内容|稿件内容|反映内容|内\s{0,4}容)[】)）]?\s{0,3}[:：]")


@dataclass(frozen=True, slots=True)
class Fact:
    """A value found, how sure it is (0 to 1), and the lines or words it comes from: text[start:end]."""

    value: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A place that says nothing but particulars; `fields` are all of them, `whole` is whether each has a field."""

    start: int
    end: int
    fields: frozenset[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says of itself."""

    title: Fact | None = None
    author: Fact | None = None
    unit: Fact | None = None
    phone: Fact | None = None
    email: Fact | None = None
    sector: Fact | None = None
    party: Fact | None = None
    author_number: Fact | None = None
    published_at: Fact | None = None
    post: Fact | None = None
    spent: tuple[Spent, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not empty; `plain` has its digits in half width and is as long as the line."""

    start: int
    end: int
    plain: str


@dataclass
class _Found:
    """What has been found so far: of a field the surest stays, of equals the first."""

    facts: dict[str, Fact] = field(default_factory=dict)
    spent: list[Spent] = field(default_factory=list)

    def take(self, said: Mapping[str, tuple[str, float]], start: int, end: int) -> None:
        for name, (value, confidence) in said.items():
            if value and name in values.FIELDS and (name not in self.facts or self.facts[name].confidence < confidence):
                self.facts[name] = Fact(value, confidence, start, end)

    def agrees(self, said: Mapping[str, tuple[str, float]]) -> bool:
        """Whether nothing here contradicts what was said with a label before."""
        held = {name: fact.value for name, fact in self.facts.items() if fact.confidence >= values.HIGH}
        return all(
            name not in held or held[name] == value or (name == "unit" and confidence < values.HIGH)
            for name, (value, confidence) in said.items()
        )


def facts(text: str) -> Facts:
    """The facts that a submission's text gives of itself."""
    lines = _ends(text)
    found = _Found()
    own = list(_of_the_writer(lines))
    for line in (*own[:HEAD], *own[max(HEAD, len(own) - FOOT) :]):
        _labelled(line, found)
    _in_brackets(text, lines[-3:], found)
    _in_tail(text, lines[-2:], found)
    rest = [line for line in own if not any(one.start <= line.start and line.end <= one.end for one in found.spent)]
    body = _titled(rest, found)
    _by_lines(rest, body, found)
    _surer(rest, body, found)
    for line in rest[: body + 1]:
        _opening(line, found)
    for line in lines[:4]:
        _called(line, found)
    return Facts(**{name: found.facts.get(name) for name in values.FIELDS}, spent=tuple(found.spent))


def _ends(text: str) -> list[_Line]:
    """The first and last lines that are not empty, more than will be looked at: those spent do not count."""
    lines = _lines(text)
    head = list(islice(lines, 2 * HEAD))
    return [*head, *deque(lines, maxlen=2 * FOOT)]


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for raw in text.split("\n"):
        if raw.strip():
            short = raw.rstrip()
            lead = len(short) - len(short.lstrip())
            yield _Line(at + lead, at + len(short), short[lead : lead + LONGEST + 1].translate(words.WIDE))
        at += len(raw) + 1


def _of_the_writer(lines: list[_Line]) -> Iterator[_Line]:
    """The lines without those that name whom the writer complains of (被投诉人：…), and the particulars below them."""
    accused = False
    for line in lines:
        accused = values.ACCUSED.search(line.plain) is not None or (accused and values.is_particular(line.plain))
        if not accused:
            yield line


# Lines that say what they are


def _labelled(line: _Line, found: _Found) -> None:
    if len(line.plain) > LONGEST:
        return
    if _BODY.fullmatch(line.plain):
        found.spent.append(Spent(line.start, line.end, frozenset(), whole=True))
        return
    said = values.labelled(line.plain)
    # Who wrote may sit elsewhere than the unit that sends the text.
    known = said if "author" not in said or "author" in found.facts else {**said, "unit": ("", 0)}
    if said and found.agrees(known):
        found.take(said, line.start, line.end)
        found.spent.append(_spent(said, line.start, line.end))


def _spent(said: Mapping[str, tuple[str, float]], start: int, end: int) -> Spent:
    whole = all(name in values.FIELDS and confidence >= values.HIGH for name, (_, confidence) in said.items())
    return Spent(start, end, frozenset(said), whole)


# By-lines, signatures, brackets, opening words


def _in_brackets(text: str, last: list[_Line], found: _Found) -> None:
    """（反映人：张三，县农业农村局，电话…） at the end of a paragraph."""
    for line in last:
        tail = text[max(line.start, line.end - LONGEST) : line.end].translate(words.WIDE)
        match = _BRACKETED.search(tail)
        if match is None:
            continue
        by = _IS_BY.match(match[1])
        said = _of_brackets(match[1], by.end() if by else 0)
        start = line.end - len(tail) + match.start()
        if said and found.agrees(said) and not any(one.start <= start < one.end for one in found.spent):
            found.take(said, start, line.end)
            found.spent.append(_spent(said, start, line.end))


def _of_brackets(inner: str, begin: int) -> dict[str, tuple[str, float]]:
    if begin:
        return values.persons(inner[begin:], 0.92, named=False)
    if said := values.labelled(inner):
        return said
    said = values.persons(inner, 0.86, named=False)
    return said if {"author", "unit"} <= said.keys() or inner.endswith("供稿") else {}


def _in_tail(text: str, last: list[_Line], found: _Found) -> None:
    """…，请予解决。联系人：张三，电话… as the last sentence of a paragraph."""
    for line in last:
        tail = text[max(line.start, line.end - LONGEST) : line.end].translate(words.WIDE)
        sentence = _LAST.search(tail)
        if sentence is None or any(one.start <= line.end - 1 < one.end for one in found.spent):
            continue
        said = {name: (value, min(sure, 0.9)) for name, (value, sure) in values.labelled(sentence[1]).items()}
        if said and found.agrees(said):
            start = line.end - len(tail) + sentence.start(1)
            found.take(said, start, line.end)
            found.spent.append(_spent(said, start, line.end))


def _by_lines(lines: list[_Line], body: int, found: _Found) -> None:
    """Names under the title, and the signature; never in a text of one line."""
    below = lines[max(body, 1) if "title" not in found.facts else body :][:4]
    head = [line for line in below if not values.DATE.fullmatch(line.plain)][:3]
    _together(list(_by(head)), found, 0.88, 0.7, headed="title" in found.facts)
    foot = [line for line in lines[-4:] if line not in head[:1] and not values.DATE.fullmatch(line.plain)]
    dated = bool(lines) and values.DATE.fullmatch(lines[-1].plain) is not None
    _together(list(_by(foot[::-1]))[::-1], found, 0.86, values.HIGH if dated else 0.7, headed=False)


def _by(lines: list[_Line]) -> Iterator[tuple[_Line, dict[str, tuple[str, float]]]]:
    """The lines, as far as they name persons and units alone."""
    for line in lines:
        if len(line.plain) > _BY_LINE or line.plain[-1] in "。；，！：？":
            return
        said = values.persons(values.unwrapped(line.plain), 1, named=False)
        if not said:
            return
        yield line, said


def _together(
    given: list[tuple[_Line, dict[str, tuple[str, float]]]], found: _Found, sure: float, single: float, *, headed: bool
) -> None:
    """Take by-lines; a name or a unit that stands without the other is less sure."""
    alone = len({name for _, said in given for name in said} - {"phone"}) < 2  # noqa: PLR2004
    for line, said in given:
        once = sure if not alone or "phone" in said or _plain(line, said, headed=headed) else single
        scaled = {name: (value, min(confidence, once)) for name, (value, confidence) in said.items()}
        if not found.agrees(scaled):
            continue
        found.take(scaled, line.start, line.end)
        if "phone" in scaled:
            found.spent.append(_spent(scaled, line.start, line.end))


def _plain(line: _Line, said: Mapping[str, tuple[str, float]], *, headed: bool) -> bool:
    """Whether a line that stands alone is no other than its author's: 赵学文委员 or a unit's name right below a title,
    a unit's name in brackets at the end."""
    if "author" in said:
        return headed and line.plain.endswith(("委员", "代表"))
    return (headed or line.plain[0] in "（(") and values.is_unit(line.plain)


def _opening(line: _Line, found: _Found) -> None:
    """县政协委员、县农业农村局副局长张三反映：…"""
    if (match := _OPENING.match(line.plain)) is not None and _writes(match[1], match[2]):
        said = values.persons(match[1], 0.84, named=False)
        found.take({name: pair for name, pair in said.items() if name != "phone"}, line.start, line.start + match.end())


def _writes(who: str, verb: str) -> bool:
    """Whether 张三反映 opens what 张三 wrote; 局长张三指出 opens what others write of him."""
    if verb == "反映" or _DELEGATE.search(who):
        return True
    return verb == "建议" and _IN_OFFICE.search(who) is None


def _called(line: _Line, found: _Found) -> None:
    """您好！我叫张三，电话…"""
    if (match := _CALLED.search(line.plain)) is not None:
        found.take({"author": (match[1], 0.85)}, line.start, line.end)
        if number := _BESIDE.search(line.plain, match.end(), match.end() + 80):
            found.take({"phone": (number[1].replace(" ", ""), 0.85)}, line.start, line.end)


# Titles


def _titled(lines: list[_Line], found: _Found) -> int:
    """Take the title, and say at which line the body begins."""
    at = max((at + 1 for at, line in enumerate(lines[:6]) if titles.is_form(line.plain)), default=0)
    while at < min(len(lines) - 1, 8) and _is_above(lines[at].plain):
        at += 1
    if "title" in found.facts or at >= len(lines) - 1 or not titles.may_be(lines[at].plain):
        return at
    first, second = lines[at], lines[at + 1]
    value, end, confidence = titles.bare(first.plain), first.end, 0.6
    if (
        titles.goes_on(first.plain, second.plain)
        and not values.persons(second.plain, 1, named=False)
        and at + 2 < len(lines)
    ):
        value, end, confidence, at = titles.bare(first.plain + second.plain), second.end, 0.85, at + 1
    if (by := _BRACKETED.search(value)) is not None and "author" in (said := values.persons(by[1], 0.86, named=False)):
        found.take(said, first.start, end)
        value = value[: by.start()].rstrip()
    if titles.SHAPE.search(value):
        confidence = max(confidence, 0.95 if value.startswith("关于") else 0.9)
    elif len(value) <= 35 and len(lines[at + 1].plain) > 40:  # noqa: PLR2004
        confidence = max(confidence, 0.75)
    found.take({"title": (value, confidence)}, first.start, end)
    return at + 1


def _surer(lines: list[_Line], body: int, found: _Found) -> None:
    """A line right above its author's is a title, whatever it says."""
    title = found.facts.get("title")
    if title is None or title.confidence >= values.HIGH or body >= len(lines):
        return
    below = lines[body].start
    if any(one.start == below and one.confidence >= values.HIGH for one in found.facts.values()):
        found.take({"title": (title.value, 0.85)}, title.start, title.end)


def _is_above(plain: str) -> bool:
    return values.DATE.fullmatch(plain) is not None or titles.is_above(plain)
