"""Names of persons, found by the words beside them: behind a role (联系人：…, 举报人李四), or beside a telephone or
identity number. It prefers silence to a wrong hit. Public figures and persons named by their surname alone are left.
Every text is `numerals.plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text.cues import Cue
from pipeline.text.surnames import (
    LABELLED,
    LESS_SURE,
    LIKELY,
    SURE,
    SURNAMES,
    TWO,
    WRITTEN_OUT,
    is_person,
    is_word,
)

_GIVEN = "(?:[一-龥](?<![的了是在和与及于有不也都就被把将从对因说称等人这那我他她你您们之其所某先后]))"
# 李有才, 王先国: characters that begin a given name only where another one follows.
_PAIR = (
    "(?:有[才福根财生民德贵良余为名志光成发林田全明强]|先(?![生后前])[一-龥](?<![的是在说去到行])|"
    r"[一-龥](?<![的了是在和与及不也都就被把将从我他她你])先(?=[\s，,。；;、]|$))"
)
_NAME = f"(?:{TWO}{_GIVEN}{{1,2}}|[{SURNAMES}](?:{_GIVEN}{{1,2}}|{_PAIR}))"
_SURE_NAME = f"(?:{TWO}{_GIVEN}{{1,2}}|[{SURE}](?:{_GIVEN}{{1,2}}|{_PAIR}))"
_FOREIGN = "[一-龥]{2,8}(?:[·•・][一-龥]{1,8}){1,3}"

_ANNOUNCED = "(?:[一-龥]{1,2}人|[死逝伤患]者|[户业房车]主|家属|户名|名字|姓名|[住租]户)"
_TITLE = "(?:先生|女士|小姐|同志|老师|师傅|医生|主任|经理)"
_END = (
    rf"(?=[\s，,。；;、（(）)【】\[\]:：/|0-9A-Za-z*!！?？和与及]|{_TITLE}|"
    "我|电话|手机|联系|身份证|住|家住|男|女|性别|微信|$)"
)
_AFTER_COLON = re.compile(
    rf"(?:[（(][^()（）\n]{{1,8}}[)）])?(?:[:：【（( \u00a0\u3000]{{1,4}}|是|为|叫)({_NAME}|{_FOREIGN}){_END}"
)
# The next cell or line of a form, where the label fills its own.
_CELL = re.compile(rf"(?:[\t】\]]|\r?\n)[:：\t ]?({_NAME}|{_FOREIGN}){_END}")
_CELL_OPENS, _CELL_ENDS = frozenset("\n\t【[|"), frozenset("\t】]\r\n")
_COLONS = frozenset(":：")
_MARKS = frozenset("【（( \u00a0\u3000是为叫") | _COLONS | _CELL_ENDS
# 联系人：李 明; 联系人：John Smith.
_SPACED = re.compile(rf"[:：][ \u3000]?([{SURNAMES}][ \u3000]{{1,3}}[一-龥])(?=[\s，,。；;、（(0-9]|电话|手机|$)")
_LATIN = re.compile(r"[:：] ?([A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){1,2})(?=[\s，,。；;、（(0-9]|电话|手机|$)")
# 联系人：迪丽努尔, 我叫代小红: surnames that are ordinary words, and names of other peoples.
_ANY = re.compile(
    rf"[:：]?[ \u3000]?([{LABELLED}]{_GIVEN}{{1,2}}|[{WRITTEN_OUT}]{{3,6}})"
    r"(?=[\s，,。；;、（(【0-9]|联系|电话|手机|性别|身份证|$)"
)
_NO_ANY = re.compile(
    "代[表理替办码价维]|封[闭条锁口存]|谈[话判不及到]|原[来因本件则告先籍始址]|丰[收富田产]|展[览示开馆厅位]|衣[服物柜]|占[地用道]|"
    "战[友士略]|海[外边]|花[园费店]|位[置于]|强[烈制]|来[电访信源]|廉[洁租价]|计[划算生]|都[没无]|官[方网]|银行|保[安密险洁]|班[主长级]|"
    "危[房险]|楼[上下道长]|利[息益]|权[利益]|多次|不[知详便]|亚[洲]|德国|图[书]|格[力]|.{1,3}[师者商户工长体]$"
)
_CALLED = re.compile(f"({_NAME}|{_FOREIGN}){_END}")
# 姓　名：张　三, as forms have it; any name, whatever its surname.
_FORM = re.compile(
    r"(?:(?<=姓)[ \u00a0\u3000]{1,4}名)?[:：]{1,2}[ \u00a0\u3000]?([一-龥][ \u00a0\u3000]{0,4}[一-龥]{1,3})"
    r"(?=[\s，,。；;、（(\d]|性别|电话|$)"
)
_MORE = re.compile(rf"[、和与及/ ]({_NAME}){_END}")
_VERB = (
    "电话|手机|联系|身份证|证件|住|家住|家里|家中|家的|家门|男|女|系|因|于|在|说|称|表示|反映|举报|投诉|诉求|来电|来信|来访|的|"
    "和|与|及|等|被|将|向|从|已|曾|"
    "也|是|发现|认为|希望|要求|请求|致电|到|去|患|不|没|未|把|对|名下|今年|先生|女士|同志|老人|一家|夫妇|购买|申请|对此|多次|前往|再次|遭[到受遇]|怀孕|拒绝|均|经抢救"
)
# Which follow a name of three characters alone: 上 and 经 are given names, too.
_TWO_GIVEN = "遭|经|上|拒|又|仍|正|从|今|后"
_BEHIND_ROLE = re.compile(
    rf"({_SURE_NAME}(?=[\s，,。；;、：:（(）)0-9A-Za-z*]|{_VERB}|$)|[{SURE}]{_GIVEN}{{2}}(?={_TWO_GIVEN})"
    rf"|[{LESS_SURE}]{_GIVEN}{{2}}(?=多次|前往|再次|遭|经抢救|均|在|怀孕|来电|反映))"
)
# Other surnames, where what follows leaves little doubt: 患者高勇，男, 业主何静（电话….
_CERTAIN = (
    r"[，,、 ]?(?:男|女|电话|手机|联系[电方]|身份证号?[码:：\d*]|现年|今年[0-9]|[0-9]{2}岁)|"
    r"[（(](?:男|女|电话|手机|联系|身份证|1[3-9])|"
    r"[0-9*]{3}"
)
_KIN = "家里|家中|家的|家住|的家属|的[儿女妻丈父母]|夫妇|夫妻|同志|老人|反映|说|称|于[0-9去今]"
_OTHER_NAME = f"(?:[{LESS_SURE}]{_GIVEN}{{1,2}}(?=[，。]|{_KIN})|[{LIKELY}]{_GIVEN}{{1,2}}(?={_CERTAIN}))"
_BEHIND_ROLE_CERTAIN = re.compile(f"({_OTHER_NAME})")
# 敬礼！ 王小明; 王小明（身份证号…
_AFTER_BLANK = re.compile(rf"[ \u3000]{{1,4}}({_SURE_NAME})(?=[ \u3000]{{0,4}}(?:\r?\n|$))")
_SIGNED = re.compile(rf"[!！。.,，]?[\s\u3000]{{0,30}}({_NAME})(?=[\s\d，,。]|$)")
_IDENTIFIED = re.compile(f"({_SURE_NAME})$")
_PLACE = re.compile(".+[庄路街道省楼园社桥河湖山场坪冲湾寨屯]$")
_KINDS = frozenset({"signed", "identified", "role", "calling", "announcing", "form", "plain"})
# Most that stands behind 业主 or 村民 opens no name, and one look at a character tells.
_CHOOSY = frozenset({"role", "plain", "announcing"})
_OPENING = frozenset(f"{SURNAMES}欧司上诸东皇尉公令慕端") | _MARKS
_AT_ONCE: dict[str, tuple[re.Pattern[str], ...]] = {
    "role": (_BEHIND_ROLE, _BEHIND_ROLE_CERTAIN),
    "plain": (_BEHIND_ROLE, _BEHIND_ROLE_CERTAIN, _AFTER_BLANK),
    "calling": (_CALLED, _BEHIND_ROLE),
    "form": (_BEHIND_ROLE,),
    "signed": (_SIGNED,),
}
_TRADE = "教师|职工|农民|[村居市]民|工人|司机|医生|护士|学生|群众|战士|军人|员工|商户|业主|老人"
_CALL = r"(?:(?:的)?(?:联系)?(?:电话|手机|身份证|微信|座机)(?:号码|号)?(?:是|为)?[:：(（ ]{0,2})?"
_BEFORE_NUMBER = re.compile(
    rf"(?:^|[\s，,。；;、！!？?（(【:：/|]|找|我是|我叫|联系|本人|名叫|请与|{_ANNOUNCED}|{_TRADE}|[^一-龥])({_NAME}){_TITLE}?"
    rf"[，,、:：\-—/ \t（(]{{0,2}}{_CALL}$"
)
# 反映李四电话…: what stands before the name is anything.
_CALLED_NUMBER = re.compile(rf"({_SURE_NAME})的?(?:联系电话|电话|手机号?码?|身份证号?码?)[:：]?$")
_AFTER_NUMBER = re.compile(
    rf"[ ]?[（(【]({_NAME}){_TITLE}?[)）】]|[ ]({_NAME})(?=[\s，,。；;、]|$)"
    rf"|[，,]?(?:找|请找)({_NAME})(?=[\s，,。；;、]|$)|,?({_SURE_NAME})(?=[\s，,。；;]|$)"
)
# 王小明，男，1990年3月7日生，身份证号码：…: a person of whom a number is told in the same sentence.
_SEXED = re.compile(
    rf"(?:^|(?<=[^一-龥])|(?<=[人告属者户民工师女子]))({_NAME}|{_FOREIGN})[，,、（( \t]{{1,2}}[男女](?=[，,、;；）)\s])"
)
_GLUED = 4  # its group
_SENTENCE, _REACH = re.compile(r"[。！？!?\n]"), 70
# Words that begin like a name, and persons named by their surname alone.
_NO_NAMES = re.compile(
    "谢谢|谢绝|谢意|全部|全体|全家|安全|安装|何时|何地|任何|任意|许多|白天|时间|时候|时常|方便|方式|高速|高度|高峰|高[一二三考中](?![一-龥]{2})|单位|单独|成功|成立|应该|应当|"
    "和我|和谐|向上|常年|常常|水电|平时|管理|管道|马上|马路|万一|万分|明天|明确|明显|连续|连夜|项目|简单|关于|关注|解决|解释|金额|石油|"
    "游客|左右|古城|党员|费用|查询|查看|支持|路灯|路面|路段|车辆|车位|车库|车牌|房屋|房子|房产|房东|文明|文件|华人|边上|米左|"
    ".(?:先生|女士|小姐|老师|师傅|某|总|工|姓|家|氏|书记|主任|经理|警官|[队所局镇村组科校院区县市厂站]长|会计|律师|医生|护士|老板|大[哥姐爷妈娘]|"
    "阿姨|叔叔|奶奶|爷爷|教授|委员|代表|同志|女)"
)
_SECRET = frozenset(
    {"保密", "匿名", "不详", "未知", "无名", "同上", "见附件", "略去", "不愿透露", "网友", "市民", "群众"}
)
# Numbers that stand beside a name when they are a person's.
_PERSONS_OWN = frozenset({"mobile", "landline", "identity", "account", "bank_card"})
_SEXED_BY = frozenset({"mobile", "identity"})


def find(text: str, cues: Sequence[Cue], numbers: Sequence[Personal]) -> list[Personal]:
    """Names in a plain text; `cues` are its cues, `numbers` the personal numbers found in it."""
    found = [
        name
        for cue in cues
        if cue.kind in _KINDS and (cue.kind not in _CHOOSY or text[cue.end : cue.end + 1] in _OPENING)
        for name in _behind(text, cue)
    ]
    if numbers:
        found += _beside(text, numbers)
    return found


def _behind(text: str, cue: Cue) -> Iterator[Personal]:
    """The names behind a word that announces one."""
    kind, place = cue.kind, cue.end
    if kind == "identified":
        yield from _before(text, cue.start)
        return
    if first := _labelled(text, cue):
        yield first
        yield from _others(text, first.end)
        return
    for pattern in _AT_ONCE.get(kind, ()):
        match = pattern.match(text, place)
        if match and (pattern is _CALLED or not is_word(match[1])) and (one := _name(match)):
            yield one
            return
    if text.startswith("我叫", place - 2) and (match := _ANY.match(text, place)):
        yield from _any(match)


def _labelled(text: str, cue: Cue) -> Personal | None:
    """The name behind a label and its colon, or in the next cell of a form."""
    kind, place = cue.kind, cue.end
    mark = text[place : place + 1]
    if mark not in _MARKS or kind == "signed" or (kind == "plain" and mark not in _COLONS):
        return None
    cell = mark in _CELL_ENDS and (cue.start == 0 or text[cue.start - 1] in _CELL_OPENS)
    if match := (_CELL if cell else _AFTER_COLON).match(text, place):
        return None if kind == "plain" and is_word(match[1]) else _name(match, labelled=True)
    if kind == "form" and (match := _FORM.match(text, place)) and "".join(match[1].split()) not in _SECRET:
        return _name(match, labelled=True)
    return _rarer(text, place) if mark in _COLONS else None


def _rarer(text: str, place: int) -> Personal | None:
    """A spaced or Latin name behind a colon, or one whose surname nobody knows."""
    if match := _SPACED.match(text, place) or _LATIN.match(text, place):
        return Personal("name", *match.span(1))
    match = _ANY.match(text, place) if text[place - 1] == "人" else None
    return next(_any(match), None) if match else None


def _any(match: re.Match[str]) -> Iterator[Personal]:
    """A name whose surname nobody knows, unless it is an ordinary word."""
    if not (_NO_ANY.search(match[1]) or is_word(match[1])) and match[1] not in _SECRET and (one := _name(match)):
        yield one


def _name(match: re.Match[str], group: int = 1, *, labelled: bool = False) -> Personal | None:
    """The name a pattern found, if it is a person's."""
    name, end = match[group], match.end(group)
    if _NO_NAMES.match(name) or not is_person(name, match.string[end : end + 5], labelled=labelled):
        return None
    return Personal("name", *match.span(group))


def _before(text: str, place: int) -> Iterator[Personal]:
    """The name right before a bracket with somebody's number."""
    match = _IDENTIFIED.search(text, max(place - 4, 0), place)
    if match and not (is_word(match[1]) or _PLACE.match(match[1])) and (one := _name(match)):
        yield one


def _others(text: str, place: int) -> Iterator[Personal]:
    """投诉人：张三、李四: those named behind the first."""
    while (match := _MORE.match(text, place)) and (one := _name(match)):
        yield one
        place = match.end(1)


def _beside(text: str, numbers: Sequence[Personal]) -> Iterator[Personal]:
    for number in numbers:
        if number.kind in _PERSONS_OWN:
            yield from _left(text, number)
            yield from _right(text, number)
        if number.kind in _SEXED_BY:
            yield from _sexed(text, number.start)


def _left(text: str, number: Personal) -> Iterator[Personal]:
    """王小明，138…; 反映李四电话138…."""
    window = max(number.start - 24, 0), number.start
    match = _BEFORE_NUMBER.search(text, *window)
    if match is None and number.kind != "landline":
        match = _CALLED_NUMBER.search(text, *window)
        match = None if match and (is_word(match[1]) or _PLACE.match(match[1])) else match
    if match and (one := _name(match)):
        yield one


def _right(text: str, number: Personal) -> Iterator[Personal]:
    """138…（王小明）; 138… 王小明; 138…找王小明."""
    if not (match := _AFTER_NUMBER.match(text, number.end)):
        return
    group = match.lastindex or 1
    if group == _GLUED and (is_word(match[group]) or _PLACE.match(match[group])):
        return
    if one := _name(match, group):
        yield one


def _sexed(text: str, place: int) -> Iterator[Personal]:
    """Those named with their sex shortly before a number, in its sentence."""
    said = text[max(place - _REACH, 0) : place]
    if "男" not in said and "女" not in said:
        return
    cut = max((match.end() for match in _SENTENCE.finditer(said)), default=0)
    start = place - len(said) + cut
    for match in _SEXED.finditer(text, start, place):
        if one := _name(match):
            yield one
