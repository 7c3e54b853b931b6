"""submission_values: words of a line -> what they say of an author, as field -> (value, how sure).

    labelled(line) -> of words that consist of labelled particulars alone (反映人：张三　单位：县农业农村局)
    persons(words, sure) -> of words that are names, units, posts and telephones alone (县农业农村局副局长张三)

Both are empty as soon as a word is none of these: a sentence that merely speaks of somebody says nothing.
"""

from __future__ import annotations

import re

from pipeline.text import submission_words as words
from pipeline.text.authors import is_no_person
from pipeline.text.submission_titles import TITLE, bare

EDGE = " \t\u3000\u00a0,，;；、。.|｜"
_OPEN, _CLOSE = "（(【[", "）)】]"
_AROUND = "（）()【】[] "
DATE = re.compile(
    r"[（(]?[0-9〇○零一二三四五六七八九十]{2,4}\s?[年./-]\s?[0-9一二三四五六七八九十]{1,3}\s?[月./-]\s?[0-9一二三四五六七八九十]{0,3}\s?[日号]?[)）]?"
)
_DATED = re.compile(
    r"(?:时间[:：]?)?(?<![0-9-])(?:[0-9]{2,4}\s?年|[0-9]{1,2}\s?月|(?:19|20)[0-9]{2}[./-])[0-9年月日./\s-]{0,12}$"
)
_UNLIKE_NAME = re.compile(r"[0-9？！?!*:：]")
_UNLIKE_NUMBER = re.compile(r"[年月日*]")
# Beside a name: what it is, who it is, a postcode.
_NOISE = re.compile(
    "电话|手机|联系电话|同志|委员|等|作者|系|男|女|[一-龥]{1,4}族|[0-9]{1,3}岁|[0-9]{4}年[0-9]{0,2}月?(?:出?生)?|[0-9]{6}|"
    "[一-龥]{0,12}(?:群众|市民|居民|村民|网友|网民|业主|读者)|此致|敬礼[!！]?|中共党员|党员|无党派(?:人士)?|退休|在职"
)
_PLACE = re.compile("[一-龥]{2,6}[省市县区州旗镇乡]")
_MARKS = " \t\u3000\u00a0—-－★☆●○◆◇■□▲△*＊·•※▶➢"
# 二、反映人：… in a form whose lines are numbered; 文/张三.
_ITEM = re.compile(r"^[（(]?[0-9一二三四五六七八九十]{1,2}[)）、.．]\s{0,3}(?=[一-龥])")
_WRITTEN = re.compile(r"^(?:图?文|撰文|作者)\s?[/／|｜]\s?")
_SENT_IN = re.compile("(?:供稿|报送|来稿|提供|撰稿|整理|执笔|撰写)$")
_IS = re.compile("^(?:(?:本文)?(?:作者|笔者|本人)(?:系|为|是)?|系(?![统列主办]))")
# 有政协委员, 一些人大代表: whoever they are, they are not named.
_VAGUE = re.compile(
    "有(?![色限机线轨])|一些|一[名位个]|部分|[多数几两]位|[多数几两]名|不少|许多|众多|个别|广大|某些|有关"
)
_TOKENS = re.compile(r"[\s\u3000，,、;；/／（()）|｜:：]+")
# 被投诉单位：…, （据《…》记者…）: words that name others than the writer.
_OBJECT = r"被[^\s，,。；;：:]{0,6}(?:人|者|方|单位|部门|企业|公司|对象|姓名|名称|机关|告)"
ACCUSED = re.compile(rf"(?:^|[\s，,。；;（(]){_OBJECT}\s{{0,3}}[:：]|^[^一-龥]{{0,6}}{_OBJECT}(?:\s|$)")
_CITED = re.compile(r"[\s—–\-（(【\[※*]{0,6}(?:据(?!悉)|摘自|摘编|转自|转载|原载|选自|引自|出自|载于|原文)")
# 新华社记者 张明: who wrote what is handed on.
_PRESS = re.compile(r"(?:^|[\s（(]|[报网社刊闻台》])(?:见习|实习|特约|首席)?(?:记者|实习生)")
# 局长：李强, where 局长 is no label that is known.
_UNKNOWN_LABEL = re.compile(r"([一-龥]{1,12})\s{0,3}[:：]")
_MEDIA = re.compile(r".{0,30}(?:网|网站|网络|报|刊|杂志|客户端|公众号|微博|微信|论坛|贴吧|抖音|头条|平台|转载)")
_PARTICULAR = re.compile(r"(?:姓\s{0,6}名|[单工所职岗联电手移座固地住通性年民政身微])[^\s:：，。]{0,8}\s{0,3}[:：\t]")
_NO_UNIT_ALONE = re.compile("(?:办公|值班|秘书|综合|信息|联络|宣传|调研|行政|人事)[室厅科处部]")
# A unit whose name says whose it is, and words that no unit's name has.
_OWN_UNIT = re.compile(
    "(?!.{0,4}(?:小区|社区|园区|景区|城市|城镇|乡镇|乡村|市场|县域|农村))"
    "(?:中共|政协|民革|民盟|民建|民进|农工党|致公党|九三学社|台盟|[一-龥]{0,8}[省市县区州盟旗镇乡]|[一-龥]{1,6}街道)"
    "[一-龥（）()]{1,24}"
)
_SPEAKS = re.compile(
    "[的了在把让给使为是有]|对(?!外)|从(?!化)|向(?!阳)|不(?!动产)|应(?!急)|需|要|和(?![平田])|与|关于|加强|推进|推动|完善|提升|"
    "支持|规范|全面|各|某"
)
# A letter's addressees.
_ADDRESSED = re.compile("(?!民[革盟建进]|农工|致公|九三|台盟)[一-龥]{0,12}(?:政府|[省市县区]委|[纪监]委|信访局)")
VALUE = 60
_NAMED = 8
HIGH = 0.8
FIELDS = ("title", "author", "unit", "phone", "email", "sector", "party", "author_number", "published_at", "post")


def labelled(plain: str) -> dict[str, tuple[str, float]]:
    """field -> (value, confidence) of words that consist of particulars alone; empty when they do not."""
    core = unwrapped(plain)
    if ACCUSED.search(core):
        return {}
    for pattern, sure in ((words.SAID, 0.95), (words.BARE, 0.88)):
        marks = list(pattern.finditer(core))
        if not marks:
            continue
        before = core[: marks[0].start()].strip(EDGE)
        said = persons(before, 0.85, named=False) if before else {}
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


def is_particular(plain: str) -> bool:
    """Whether a line is a particular that may be of whomever the line above it names."""
    return _PARTICULAR.match(plain) is not None


def unwrapped(plain: str) -> str:
    """A line without brackets and dashes around it, and names whose two characters are set apart as one word."""
    core = _ITEM.sub("", plain.strip(_MARKS))
    if core[:1] in tuple(_OPEN) and core[-1:] in tuple(_CLOSE):
        core = core[1:-1]
    return words.SPREAD.sub(r"\1\2", _WRITTEN.sub("作者：", core))


def _all_taken(parts: list[tuple[str, str]], said: dict[str, tuple[str, float]], sure: float, *, strict: bool) -> bool:
    for label, raw in parts:
        value = words.SEAL.sub("", raw).strip(EDGE).lstrip(":：").strip(EDGE)
        if len(value) > (TITLE + 20 if label == "title" else VALUE) or "。" in value:
            return False
        if not value:
            if strict:
                return False
            said.setdefault(label if label in FIELDS else "other", ("", sure))
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
            made = {"title": (bare(value), 0.97)}
        case "other" | "post":
            made = {label: (value, sure)}
        case _ if not strict:
            made = {label: (value, sure)}
        case _:
            pass
    return made


def _who(label: str, value: str, sure: float, *, strict: bool) -> dict[str, tuple[str, float]]:
    value = _DATED.sub("", value).strip(EDGE)
    if label == "either" and _MEDIA.fullmatch(value):
        return {"other": (value, sure)}
    said = persons(value, sure, named=label != "either" and not strict)
    if label == "contact":
        # Who answers the telephone: perhaps the author.
        called = {name: (pair[0], 0.6 if _less_sure(name, pair[0]) else pair[1]) for name, pair in said.items()}
        return called or ({} if strict else {"other": (value, sure)})
    if (said or strict) and (label == "either" or "author" in said):
        return said
    return {} if strict else _unlike(label, value, said, sure)


def _unlike(label: str, value: str, said: dict[str, tuple[str, float]], sure: float) -> dict[str, tuple[str, float]]:
    """What is said behind a label of persons that is no usual name: 作者：民进岚禾市委会, 反映人：匿名."""
    if label == "author" and "unit" in said and not words.OFFICE.fullmatch(value):
        return {name: (pair[0], min(pair[1], 0.85)) for name, pair in said.items()}
    if label == "either" or said or is_no_person(value.strip(_AROUND)):
        return {"other": (value, sure)}
    return {"author": (" ".join(value.split()), 0.85 if _like_names(value) else 0.5)}


def _less_sure(name: str, value: str) -> bool:
    return name == "author" or (name == "unit" and _NO_UNIT_ALONE.fullmatch(value) is not None)


def _like_names(value: str) -> bool:
    """Whether words that are no usual names may be unusual ones."""
    parts = list(filter(None, _TOKENS.split(value)))
    return not _UNLIKE_NAME.search(value) and all(1 < len(part) <= _NAMED and not is_no_person(part) for part in parts)


def _unit(value: str, sure: float, *, strict: bool) -> dict[str, tuple[str, float]]:
    said = persons(value, sure, named=False)
    if "unit" in said and "author" in said:
        return said
    if _has_other_label(value):
        return {}
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
        if who := persons(rest.strip(EDGE + "：:（()）"), 0.6, named=False):
            said |= {name: pair for name, pair in who.items() if name == "author"}
    elif sum(char.isdigit() for char in value) > 3 and len(value) <= VALUE:  # noqa: PLR2004
        said["phone"] = (value, 0.5 if _UNLIKE_NUMBER.search(value) else HIGH)
    return said


def persons(value: str, sure: float, *, named: bool) -> dict[str, tuple[str, float]]:
    """Author, unit and telephone of words that consist of them alone; `named`: a label says that a person is meant,
    so that any two to four characters are a name."""
    held = words.SPREAD.sub(r"\1\2", value.strip())
    said: dict[str, tuple[str, float]] = {}
    if _CITED.match(held) or (not named and _PRESS.search(held)) or ACCUSED.search(held) or _has_other_label(held):
        return said
    if numbers := words.NUMBER.findall(held):
        said["phone"] = ("、".join(number.replace(" ", "") for number in numbers), sure)
        held = words.NUMBER.sub(" ", held)
    names: list[str] = []
    units: list[str] = []
    posts: list[str] = []
    for token in filter(None, _TOKENS.split(held)):
        if not _sorted_in(token.strip(EDGE + "：:"), names, units, posts, named=named and not names):
            return {}
    units = _joined(units, held)
    if names:
        said["author"] = ("、".join(dict.fromkeys(names)), sure)
    if units or (posts and names):
        said["unit"] = ("、".join(units or posts[:1]), sure if units else 0.6)
    return said


def _joined(units: list[str], held: str) -> list[str]:
    """Units without the place of one, beside it; 县工商联（总商会） is one."""
    if len(units) < 2:  # noqa: PLR2004
        return units
    for both in (f"{units[0]}（{units[1]}）", f"{units[0]}({units[1]})"):
        if both in held:
            units = [both, *units[2:]]
    return [unit for unit in units if not _PLACE.fullmatch(unit)] or units[:1]


def is_unit(value: str) -> bool:
    """Whether a line is beyond doubt a unit's name and nothing else: whose it is comes first (民进岚禾市委会)."""
    core = _SENT_IN.sub("", unwrapped(value))
    if _SPEAKS.search(core) or _ADDRESSED.fullmatch(core):
        return False
    return _OWN_UNIT.fullmatch(core) is not None and words.UNIT.fullmatch(core) is not None


def _has_other_label(held: str) -> bool:
    """县供电公司 局长：李强; what stands beside a label that is not known may be anybody's."""
    marks = _UNKNOWN_LABEL.finditer(held)
    return any(not _NOISE.fullmatch(mark[1]) and not words.NUMBER.match(held[mark.end() :].lstrip()) for mark in marks)


def _sorted_in(token: str, names: list[str], units: list[str], posts: list[str], *, named: bool) -> bool:
    """Put a word where it belongs; False when it is none of the three."""
    token = _SENT_IN.sub("", _IS.sub("", token))
    if _VAGUE.match(token):
        return False
    if not token or DATE.fullmatch(token) or _NOISE.fullmatch(token):
        return True
    if _is_name(token):
        names.append(token)
    elif (parted := _parted(token)) is not None:
        office, name = parted
        names.append(name)
        if office:
            (posts if _is_post(office) else units).append(office)
    elif _is_post(token):
        posts.append(token)
    elif words.UNIT.fullmatch(token) or words.UNIT_WITH_POST.fullmatch(token):
        units.append(token)
    elif named and words.ANY_NAME.fullmatch(token) and not is_no_person(token):
        names.append(token)
    else:
        return False
    return True


def _is_name(token: str) -> bool:
    return words.NAME.fullmatch(token) is not None and not words.NO_NAME.match(token) and not _is_office(token)


def _is_office(token: str) -> bool:
    # 程家村, 黄河路小学 begin like names; three characters that end like an office are one, two that are one (党校).
    if len(token) == 2:  # noqa: PLR2004
        return words.OFFICE.fullmatch(token) is not None
    return words.ENDS_LIKE_OFFICE.search(token) is not None and "·" not in token


def _is_post(token: str) -> bool:
    return words.POST.fullmatch(token) is not None and words.UNIT_WITH_POST.fullmatch(token) is None


def _parted(token: str) -> tuple[str, str] | None:
    """县农业农村局副局长张三 -> (县农业农村局副局长, 张三); 张三委员 is the name alone."""
    token = re.sub("(?<=..)(?:同志|委员|代表)$", "", token)
    if _is_name(token):
        return "", token
    for length in range(3, 16) if "·" in token else (3, 2, 4):
        office, name = token[:-length], token[-length:]
        if len(office) > 1 and _is_name(name) and words.ENDS_LIKE_OFFICE.search(office):
            return office, name
    return None
