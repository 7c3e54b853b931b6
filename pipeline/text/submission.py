"""Facts of a submission in its own words: title, author, unit and telephone, where they stand and how sure they are.

    facts(text) -> Facts        .title .author .unit .phone …: Fact(value, confidence, start, end) | None

Authors name themselves at the head (under the title) or the foot of a text: in lines that say so (反映人：张三), in
brackets, in a by-line (县农业农村局　张三), a signature before the date, the last sentence, or the opening words
(县政协委员张三反映：).
Only these places are looked at, so that nobody of whom a text speaks becomes its author. What is found is a suggestion
for a person to confirm: a label with a value of the right shape is .95, a by-line .85, a guess less. Pure, linear,
never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.text import submission_words as words

HEAD, FOOT = 12, 8  # lines that are not empty
LONGEST = 160  # characters of a line that is looked at as a whole
VALUE = 60
_BY_LINE = 40
TITLE = 60
_EXCLAIMED = 40
HIGH = 0.8
_EDGE = " \t\u3000\u00a0,，;；、。.|｜"
_OPEN, _CLOSE = "（(【[", "）)】]"
_BRACKETED = re.compile(r"[（(]([^（()）\n]{0,60}(?:[（(][^（()）\n]{0,30}[)）][^（()）\n]{0,60}){0,3})[)）]\s{0,9}$")
_LAST = re.compile(r"[。！？!?；;](?:此致敬礼[！!]?)?([^。！？!?；;]{4,120}[。；;]?)$")
_IS_BY = re.compile(r"(?:作者|反映人|撰稿人|执笔人|供稿人)(?:系|为|是)[:：]?")
_DATE = re.compile(
    r"[（(]?[0-9〇○零一二三四五六七八九十]{2,4}\s?[年./-]\s?[0-9一二三四五六七八九十]{1,3}\s?[月./-]\s?[0-9一二三四五六七八九十]{0,3}\s?[日号]?[)）]?"
)
_DATED = re.compile(r"(?:时间[:：]?)?(?:[0-9]{2,4}\s?年|[0-9]{1,2}\s?月|[0-9]{4}[./-])[0-9年月日./\s-]{0,12}$")
_UNLIKE_NAME = re.compile(r"[0-9？！?!*:：]")
_UNLIKE_NUMBER = re.compile(r"[年月日*]")
_OPENING = re.compile(
    r"(?:据|接)?([^，,。；;：:？！\n]{2,60}(?:、[^，,。；;：:？！\n]{2,30}){0,3})(?:来信|来稿|近日|日前)?(?:反映|认为|提出|建议|指出)(?:[：:，,]|了)"
)
# Beside a name: what it is, who it is, a postcode.
_NOISE = re.compile(
    "电话|手机|联系电话|同志|委员|等|作者|系|男|女|[一-龥]{1,4}族|[0-9]{1,3}岁|[0-9]{4}年[0-9]{0,2}月?(?:出?生)?|[0-9]{6}|"
    "群众|中共党员|党员|无党派(?:人士)?|退休|在职"
)
_TOKENS = re.compile(r"[\s\u3000，,、;；/／（()）|｜:：]+")
_MASTHEAD = re.compile(
    r"附件\s{0,3}[0-9一二三四五六七八九十]{0,3}\s{0,3}[:：]?"
    r"|.{0,20}社情民意(?:信息)?(?:报送|反映|征集|采集|登记|送审)?(?:表|单|稿|专报|专用稿纸|稿件)?(?:\s{0,9}(?:送审稿|印发稿))?"
    r"|[（(]?(?:[0-9]{4}\s?年?)?\s?第?\s?[0-9]{1,4}\s?期\s?(?:[（(]?总第?\s?[0-9]{1,5}\s?期?[)）]?)?[)）]?"
    r"|内部资料.{0,12}|[-=—_*＊.·~～]{3,}|(?:调研报告|信息专报|专报|简报|信息快报)"
)
# A form's heading before the text.
_BODY = re.compile(r"[（(【]?(?:正\s{0,4}文|信息内容|稿件内容|反映内容|内\s{0,4}容)[】)）]?\s{0,3}[:：]")
_NUMBERED = re.compile(
    r"[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十\d]{1,3}[章节条、，]"
)
_GREETING = re.compile(r".{0,20}(?:您好|你好|大家好|领导好|收到|查收|请审阅|请指正|来稿如下)[！!。,，~]{0,3}.{0,8}")
_TAG = re.compile(r"^【[^】\n]{1,12}】\s{0,3}")
_SHAPE = re.compile(
    r"^关于.{2,50}(?:建议|意见|情况|报告|反映|思考|对策|问题|提案|信息|请示|调研|分析|启示|做法|函)(?:[（(].{1,10}[)）])?$"
    r"|(?:建议|对策|问题|思考|意见|困境|隐患|短板|堵点|难点)$"
    r"|(?:应|需|须|亟需|亟待|亟须|急需|值得|引起|加强|解决|重视|关注|完善|规范|破解|提升|推进|警惕|不容忽视)"
)
_UNFINISHED = re.compile(r"(?:^关于|[的和与及、，]$)")
_ENDS = "。；;，,：:"
_FIELDS = ("title", "author", "unit", "phone", "email", "sector", "party", "author_number", "published_at", "post")


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
            if value and (name not in self.facts or self.facts[name].confidence < confidence):
                self.facts[name] = Fact(value, confidence, start, end)

    def agrees(self, said: Mapping[str, tuple[str, float]]) -> bool:
        """Whether nothing here contradicts what was said with a label before."""
        held = {name: fact.value for name, fact in self.facts.items() if fact.confidence >= HIGH}
        return all(name not in held or held[name] == value for name, (value, _) in said.items())


def facts(text: str) -> Facts:
    """The facts that a submission's text gives of itself."""
    lines = list(_lines(text))
    edges = [*lines[:HEAD], *lines[max(HEAD, len(lines) - FOOT) :]]
    found = _Found()
    for line in edges:
        _labelled(line, found)
    _in_brackets(text, lines[-3:], found)
    _in_tail(text, lines[-2:], found)
    rest = [line for line in lines if not any(one.start <= line.start and line.end <= one.end for one in found.spent)]
    body = _titled(rest, found)
    _by_lines(rest, body, found)
    if body < len(rest):
        _opening(rest[body], found)
    return Facts(**{name: found.facts.get(name) for name in _FIELDS}, spent=tuple(found.spent))


def _lines(text: str) -> Iterator[_Line]:
    """Head and foot of the text as lines; what lies between only as far as it is needed."""
    at = 0
    for raw in text.split("\n"):
        if raw.strip():
            short = raw.rstrip()
            lead = len(short) - len(short.lstrip())
            yield _Line(at + lead, at + len(short), short[lead : lead + LONGEST + 1].translate(words.WIDE))
        at += len(raw) + 1


# Lines that say what they are


def _labelled(line: _Line, found: _Found) -> None:
    if len(line.plain) > LONGEST:
        return
    if _BODY.fullmatch(line.plain):
        found.spent.append(Spent(line.start, line.end, frozenset(), whole=True))
        return
    said = _said(line.plain)
    if said and found.agrees(said):
        found.take(said, line.start, line.end)
        found.spent.append(_spent(said, line.start, line.end))


def _spent(said: Mapping[str, tuple[str, float]], start: int, end: int) -> Spent:
    whole = all(name in _FIELDS and confidence >= HIGH for name, (_, confidence) in said.items())
    return Spent(start, end, frozenset(said), whole)


def _said(plain: str) -> dict[str, tuple[str, float]]:
    """field -> (value, confidence) of words that consist of particulars alone; empty when they do not."""
    core = _unwrapped(plain)
    for pattern, sure in ((words.SAID, 0.95), (words.BARE, 0.88)):
        marks = list(pattern.finditer(core))
        if not marks:
            continue
        before = core[: marks[0].start()].strip(_EDGE)
        said = _persons(before, 0.85, named=False) if before else {}
        if (before and not said) or (pattern is words.BARE and before and "author" not in said):
            continue
        ends = [mark.start() for mark in marks[1:]] + [len(core)]
        parts = [(words.field_of(mark), core[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
        if pattern is words.BARE and any(label == "title" and value[:1] != "\t" for label, value in parts):
            continue  # only in a table is 题目 without a colon a label
        # A label without anything (委员：) heads a list of the text's own.
        taken = _all_taken(parts, said, sure, strict=pattern is words.BARE)
        if taken and (len(said) > 1 or any(value for value, _ in said.values())):
            return said
    return {}


def _unwrapped(plain: str) -> str:
    core = plain.strip(" \t\u3000\u00a0—-－")
    if core[:1] in tuple(_OPEN) and core[-1:] in tuple(_CLOSE):
        core = core[1:-1]
    return words.SPREAD.sub(r"\1\2", core)


def _all_taken(parts: list[tuple[str, str]], said: dict[str, tuple[str, float]], sure: float, *, strict: bool) -> bool:
    for label, raw in parts:
        value = words.SEAL.sub("", raw).strip(_EDGE).lstrip(":：").strip(_EDGE)
        if len(value) > (TITLE + 20 if label == "title" else VALUE) or "。" in value:
            return False
        if not value:
            if strict:
                return False
            said.setdefault(label if label in _FIELDS else "other", ("", sure))
            continue
        made = _valued(label, value, sure, strict=strict)
        if not made:
            return False
        for name, pair in made.items():
            if name not in said or not said[name][0]:
                said[name] = pair
    return bool(said)


def _valued(label: str, value: str, sure: float, *, strict: bool) -> dict[str, tuple[str, float]]:
    """What a label's value says; empty when it is not of the label's kind."""
    made: dict[str, tuple[str, float]] = {}
    match label:
        case "author" | "either" | "contact":
            made = _who(label, value, sure, strict=strict)
        case "unit":
            made = _unit(value, sure, strict=strict)
        case "phone":
            made = _phone(value, sure)
        case "email":
            made = {"email": (found[0], sure)} if (found := words.EMAIL.search(value)) else {}
        case "title":
            made = {"title": (_bare_title(value), 0.97)}
        case "other" | "post":
            made = {label: (value, sure)}
        case _ if not strict:
            made = {label: (value, sure)}
        case _:
            pass
    return made


def _who(label: str, value: str, sure: float, *, strict: bool) -> dict[str, tuple[str, float]]:
    value = _DATED.sub("", value).strip(_EDGE)
    said = _persons(value, sure, named=not strict)
    if label == "contact":
        # Who answers the telephone: perhaps the author.
        return {name: (pair[0], 0.6 if name == "author" else pair[1]) for name, pair in said.items()} or (
            {} if strict else {"other": (value, sure)}
        )
    if said or strict:
        return said if "author" in said or label == "either" else {}
    if label == "either":
        return {"other": (value, sure)}
    return {"author": (" ".join(value.split()), 0.5 if _UNLIKE_NAME.search(value) else 0.85)}


def _unit(value: str, sure: float, *, strict: bool) -> dict[str, tuple[str, float]]:
    said = _persons(value, sure, named=False)
    if "unit" in said and "author" in said:
        return said
    if strict and not (words.UNIT.fullmatch(value) or words.UNIT_WITH_POST.fullmatch(value)):
        return {}
    return {"unit": (" ".join(value.split()), sure)}


def _phone(value: str, sure: float) -> dict[str, tuple[str, float]]:
    numbers = [" ".join(found.split()) for found in words.ANY_NUMBER.findall(value)]
    rest = words.EMAIL.sub("", words.ANY_NUMBER.sub("", value))
    said: dict[str, tuple[str, float]] = {}
    if mail := words.EMAIL.search(value):
        said["email"] = (mail[0], sure)
    if numbers:
        said["phone"] = ("、".join(number.replace(" ", "") for number in numbers), sure)
        if who := _persons(rest.strip(_EDGE + "：:（()）"), 0.6, named=False):
            said |= {name: pair for name, pair in who.items() if name == "author"}
    elif sum(char.isdigit() for char in value) > 3 and len(value) <= VALUE:  # noqa: PLR2004
        said["phone"] = (value, 0.5 if _UNLIKE_NUMBER.search(value) else HIGH)
    return said


# Persons and units


def _persons(value: str, sure: float, *, named: bool) -> dict[str, tuple[str, float]]:
    """Author, unit and telephone of words that consist of them alone; `named`: a label says that a person is meant,
    so that any two to four characters are a name."""
    held = words.SPREAD.sub(r"\1\2", value.strip())
    said: dict[str, tuple[str, float]] = {}
    if numbers := words.NUMBER.findall(held):
        said["phone"] = ("、".join(number.replace(" ", "") for number in numbers), sure)
        held = words.NUMBER.sub(" ", held)
    names: list[str] = []
    units: list[str] = []
    posts: list[str] = []
    for token in filter(None, _TOKENS.split(held)):
        if not _sorted_in(token.strip(_EDGE + "：:"), names, units, posts, named=named and not names):
            return {}
    if names:
        said["author"] = ("、".join(dict.fromkeys(names)), sure)
    if units or (posts and names):
        said["unit"] = ("、".join(units or posts[:1]), sure if units else 0.6)
    return said


def _sorted_in(token: str, names: list[str], units: list[str], posts: list[str], *, named: bool) -> bool:
    """Put a word where it belongs; False when it is none of the three."""
    if not token or _DATE.fullmatch(token) or _NOISE.fullmatch(token):
        return True
    if _is_name(token):
        names.append(token)
    elif (parted := _parted(token)) is not None:
        office, name = parted
        names.append(name)
        (posts if _is_post(office) else units).append(office)
    elif _is_post(token):
        posts.append(token)
    elif words.UNIT.fullmatch(token) or words.UNIT_WITH_POST.fullmatch(token):
        units.append(token)
    elif named and words.ANY_NAME.fullmatch(token):
        names.append(token)
    else:
        return False
    return True


def _is_name(token: str) -> bool:
    return words.NAME.fullmatch(token) is not None and not words.NO_NAME.match(token) and not _is_office(token)


def _is_office(token: str) -> bool:
    # 程家村, 黄河路小学 begin like names; three characters that end like an office are one.
    return len(token) > 2 and words.ENDS_LIKE_OFFICE.search(token) is not None and "·" not in token  # noqa: PLR2004


def _is_post(token: str) -> bool:
    return words.POST.fullmatch(token) is not None and words.UNIT_WITH_POST.fullmatch(token) is None


def _parted(token: str) -> tuple[str, str] | None:
    """县农业农村局副局长张三 -> (县农业农村局副局长, 张三); 张三委员 is the name alone."""
    token = re.sub("(?:同志|委员)$", "", token) if _is_name(re.sub("(?:同志|委员)$", "", token)) else token
    for length in range(3, 16) if "·" in token else (3, 2, 4):
        office, name = token[:-length], token[-length:]
        if len(office) > 1 and _is_name(name) and words.ENDS_LIKE_OFFICE.search(office):
            return office, name
    return None


# By-lines, signatures, brackets, opening words


def _in_brackets(text: str, last: list[_Line], found: _Found) -> None:
    """（反映人：张三，县农业农村局，电话…） at the end of a paragraph."""
    for line in last:
        tail = text[max(line.start, line.end - LONGEST) : line.end].translate(words.WIDE)
        match = _BRACKETED.search(tail)
        if match is None:
            continue
        by = _IS_BY.match(match[1])
        said = _persons(match[1][by.end() :], 0.92, named=False) if by else _said(match[1])
        start = line.end - len(tail) + match.start()
        if said and found.agrees(said) and not any(one.start <= start < one.end for one in found.spent):
            found.take(said, start, line.end)
            found.spent.append(_spent(said, start, line.end))


def _in_tail(text: str, last: list[_Line], found: _Found) -> None:
    """…，请予解决。联系人：张三，电话… as the last sentence of a paragraph."""
    for line in last:
        tail = text[max(line.start, line.end - LONGEST) : line.end].translate(words.WIDE)
        sentence = _LAST.search(tail)
        if sentence is None or any(one.start <= line.end - 1 < one.end for one in found.spent):
            continue
        said = {name: (value, min(sure, 0.9)) for name, (value, sure) in _said(sentence[1]).items()}
        if said and found.agrees(said):
            start = line.end - len(tail) + sentence.start(1)
            found.take(said, start, line.end)
            found.spent.append(_spent(said, start, line.end))


def _by_lines(lines: list[_Line], body: int, found: _Found) -> None:
    """Names under the title, and the signature; never in a text of one line."""
    head = lines[max(body, 1) if "title" not in found.facts else body :][:3]
    _together(list(_by(head)), found, 0.88, 0.7)
    foot = [line for line in lines[-4:] if line not in head[:1] and not _DATE.fullmatch(line.plain)]
    dated = bool(lines) and _DATE.fullmatch(lines[-1].plain) is not None
    _together(list(_by(foot[::-1]))[::-1], found, 0.86, HIGH if dated else 0.7)


def _by(lines: list[_Line]) -> Iterator[tuple[_Line, dict[str, tuple[str, float]]]]:
    """The lines, as far as they name persons and units alone."""
    for line in lines:
        if len(line.plain) > _BY_LINE or line.plain[-1] in "。；，！：？":
            return
        said = _persons(_unwrapped(line.plain), 1, named=False)
        if not said:
            return
        yield line, said


def _together(
    given: list[tuple[_Line, dict[str, tuple[str, float]]]], found: _Found, sure: float, single: float
) -> None:
    """Take by-lines; a name or a unit that stands without the other is less sure."""
    alone = len({name for _, said in given for name in said} - {"phone"}) < 2  # noqa: PLR2004
    for line, said in given:
        once = single if alone and "phone" not in said else sure
        scaled = {name: (value, min(confidence, once)) for name, (value, confidence) in said.items()}
        if not found.agrees(scaled):
            continue
        found.take(scaled, line.start, line.end)
        if "phone" in scaled:
            found.spent.append(_spent(scaled, line.start, line.end))


def _opening(line: _Line, found: _Found) -> None:
    """县政协委员、县农业农村局副局长张三反映：…"""
    if (match := _OPENING.match(line.plain)) is not None:
        said = _persons(match[1], 0.84, named=False)
        found.take({name: pair for name, pair in said.items() if name != "phone"}, line.start, line.start + match.end())


# Titles


def _titled(lines: list[_Line], found: _Found) -> int:
    """Take the title, and say at which line the body begins."""
    at = 0
    while at < min(len(lines) - 1, 8) and _is_above(lines[at].plain):
        at += 1
    if "title" in found.facts or at >= len(lines) - 1 or not _may_be_title(lines[at].plain):
        return at
    first, second = lines[at], lines[at + 1]
    value, end, confidence = _bare_title(first.plain), first.end, 0.6
    if _goes_on(first.plain, second.plain) and at + 2 < len(lines):
        value, end, confidence, at = _bare_title(first.plain + second.plain), second.end, 0.85, at + 1
    if _SHAPE.search(value):
        confidence = max(confidence, 0.95 if value.startswith("关于") else 0.9)
    elif len(value) <= 35 and len(lines[at + 1].plain) > 40:  # noqa: PLR2004
        confidence = max(confidence, 0.75)
    found.take({"title": (value, confidence)}, first.start, end)
    return at + 1


def _is_above(plain: str) -> bool:
    """Whether a line is what stands above a title: the form's name, an issue's number, a greeting."""
    return bool(
        _MASTHEAD.fullmatch(plain) or _DATE.fullmatch(plain) or _GREETING.fullmatch(plain) or plain[-1] in "：:"
    )


def is_masthead(line: str) -> bool:
    """Whether a line is a form's name or an issue's number, as stands above a title."""
    return _MASTHEAD.fullmatch(line) is not None


def _may_be_title(plain: str) -> bool:
    return (
        len(plain) <= (_EXCLAIMED if plain[-1] in "！!" else TITLE)
        and plain[-1] not in _ENDS
        and "。" not in plain
        and not _NUMBERED.match(plain)
    )


def _goes_on(first: str, second: str) -> bool:
    """Whether a title is set in two lines: the first is no whole title, both together are."""
    if len(first) > 32 or len(second) > 32 or not _may_be_title(second) or _persons(second, 1, named=False):  # noqa: PLR2004
        return False
    whole = bool(re.search("(?:建议|问题|情况|对策|意见|思考|报告|反映|提案)$", second))
    return whole and (_UNFINISHED.search(first) is not None) and not re.search("(?:建议|问题|情况|对策|意见)$", first)


def _bare_title(value: str) -> str:
    value = " ".join(_TAG.sub("", value).split())
    return value[1:-1] if value[:1] == "《" and value[-1:] == "》" and "《" not in value[1:] else value
