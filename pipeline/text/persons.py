"""Names of persons, found by the words beside them: behind a role (联系人：…, 举报人李四), or beside a telephone or
identity number. It prefers silence to a wrong hit. Public figures and persons named by their surname alone are left.
Every text is `numerals.plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text.cues import Cue
from pipeline.text.surnames import LESS_SURE, LIKELY, SURE, SURNAMES, TWO, is_word

_GIVEN = "(?:[一-龥](?<![的了是在和与及于有不也都就被把将从对因说称等人这那我他她你您们之其所某先后]))"
_NAME = f"(?:{TWO}{_GIVEN}{{1,2}}|[{SURNAMES}]{_GIVEN}{{1,2}})"
_SURE_NAME = f"(?:{TWO}{_GIVEN}{{1,2}}|[{SURE}]{_GIVEN}{{1,2}})"
_FOREIGN = "[一-龥]{2,8}(?:[·•・][一-龥]{1,8}){1,3}"

_ANNOUNCED = "(?:[一-龥]{1,2}人|[死逝伤患]者|[户业房车]主|家属|户名|名字|姓名|[住租]户)"
_TITLE = "(?:先生|女士|小姐|同志|老师|师傅|医生|主任|经理)"
_END = rf"(?=[\s，,。；;、（(）)】:：/|0-9A-Za-z*!！?？]|{_TITLE}|电话|手机|联系|身份证|住|家住|男|女|性别|微信|$)"
_AFTER_COLON = re.compile(
    rf"(?:[（(][^()（）\n]{{1,8}}[)）])?(?:[:：【（( \u00a0\u3000]{{1,4}}|是|为|叫)({_NAME}|{_FOREIGN}){_END}"
)
_CALLED = re.compile(f"({_NAME}|{_FOREIGN}){_END}")
# 姓　名：张　三, as forms have it; any name, whatever its surname.
_FORM = re.compile(
    r"(?:(?<=姓)[ \u00a0\u3000]{1,4}名)?[:：]{1,2}[ \u00a0\u3000]?([一-龥][ \u00a0\u3000]{0,4}[一-龥]{1,3})"
    r"(?=[\s，,。；;、（(\d]|性别|电话|$)"
)
_MORE = re.compile(rf"[、和与及 ]({_NAME}){_END}")
_VERB = (
    "电话|手机|联系|身份证|证件|住|家住|家里|家中|家的|家门|男|女|系|因|于|在|说|称|表示|反映|举报|投诉|诉求|来电|来信|来访|的|"
    "和|与|及|等|被|将|向|从|已|曾|"
    "也|是|发现|认为|希望|要求|请求|致电|到|去|患|不|没|未|把|对|名下|今年|先生|女士|同志|老人|一家|夫妇|购买|申请|对此"
)
_BEHIND_ROLE = re.compile(rf"({_SURE_NAME})(?=[\s，,。；;、：:（(）)0-9A-Za-z*]|{_VERB}|$)")
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
_SIGNED = re.compile(rf"[!！。.,，]?[\s\u3000]{{0,30}}({_NAME})(?=[\s\d，,。]|$)")
_IDENTIFIED = re.compile(f"({_SURE_NAME})$")
_PLACE = re.compile(".+[村庄镇乡路街道区县市省楼馆所站处院店厂校园局会部室组社队科桥河湖山场坪冲湾寨屯]$")
_KINDS = frozenset({"signed", "identified", "role", "calling", "announcing", "form", "plain"})
# Most that stands behind 业主 or 村民 opens no name, and one look at a character tells.
_CHOOSY = frozenset({"role", "plain", "announcing"})
_OPENING = frozenset(f"{SURNAMES}欧司上诸东皇尉公令慕端:：【（( \u00a0\u3000是为叫")
_AT_ONCE: dict[str, tuple[re.Pattern[str], ...]] = {
    "role": (_BEHIND_ROLE, _BEHIND_ROLE_CERTAIN),
    "plain": (_BEHIND_ROLE, _BEHIND_ROLE_CERTAIN),
    "calling": (_CALLED, _BEHIND_ROLE),
    "form": (_BEHIND_ROLE,),
    "signed": (_SIGNED,),
}
_CALL = r"(?:(?:的)?(?:联系)?(?:电话|手机|身份证|微信|座机)(?:号码|号)?(?:是|为)?[:：(（ ]{0,2})?"
_BEFORE_NUMBER = re.compile(
    rf"(?:^|[\s，,。；;、！!？?（(【:：/|]|找|我是|我叫|联系|本人|名叫|请与|{_ANNOUNCED}|[^一-龥])({_NAME}){_TITLE}?"
    rf"[，,、:：\-—/ （(]{{0,2}}{_CALL}$"
)
# 反映李四电话…: what stands before the name is anything.
_CALLED_NUMBER = re.compile(rf"({_SURE_NAME})的?(?:联系电话|电话|手机号?码?|身份证号?码?)[:：]?$")
_AFTER_NUMBER = re.compile(rf"[ ]?[（(【]({_NAME}){_TITLE}?[)）】]|[ ]({_NAME})(?=[\s，,。；;、]|$)")
# Words that begin like a name, and persons named by their surname alone.
_NO_NAMES = re.compile(
    "谢谢|谢绝|谢意|全部|全体|全家|安全|安装|何时|何地|任何|任意|许多|白天|时间|时候|时常|方便|方式|高速|高度|高峰|单位|单独|成功|成立|应该|应当|"
    "和我|和谐|向上|常年|常常|水电|平时|管理|管道|马上|马路|万一|万分|明天|明确|明显|连续|连夜|项目|简单|关于|关注|解决|解释|金额|石油|"
    "游客|左右|古城|党员|费用|查询|查看|支持|路灯|路面|路段|车辆|车位|车库|车牌|房屋|房子|房产|房东|文明|文件|华人|边上|米左|"
    ".(?:先生|女士|小姐|老师|师傅|某|总|工|姓|家|氏|书记|主任|经理|警官|[队所局镇村组科校院区县市厂站]长|会计|律师|医生|护士|老板|大[哥姐爷妈娘]|"
    "阿姨|叔叔|奶奶|爷爷|教授|委员|代表|同志|女)"
)
_SECRET = frozenset(
    {"保密", "匿名", "不详", "未知", "无名", "同上", "见附件", "略去", "不愿透露", "网友", "市民", "群众"}
)
# Numbers that stand beside a name when they are a person's.
_PERSONS_OWN = frozenset({"mobile", "landline", "identity", "account"})


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
    if kind not in ("plain", "signed") and (match := _AFTER_COLON.match(text, place)) and not _NO_NAMES.match(match[1]):
        yield Personal("name", *match.span(1))
        yield from _others(text, match.end(1))
        return
    if kind == "form" and (match := _FORM.match(text, place)):
        name = "".join(match[1].split())
        if name not in _SECRET and not _NO_NAMES.match(name):
            yield Personal("name", *match.span(1))
    for pattern in _AT_ONCE.get(kind, ()):
        if (
            (match := pattern.match(text, place))
            and not _NO_NAMES.match(match[1])
            and (pattern is _CALLED or not is_word(match[1]))
        ):
            yield Personal("name", *match.span(1))
            return


def _before(text: str, place: int) -> Iterator[Personal]:
    """The name right before a bracket with somebody's number."""
    match = _IDENTIFIED.search(text, max(place - 4, 0), place)
    if match and not (_NO_NAMES.match(match[1]) or is_word(match[1]) or _PLACE.match(match[1])):
        yield Personal("name", *match.span(1))


def _others(text: str, place: int) -> Iterator[Personal]:
    """投诉人：张三、李四: those named behind the first."""
    while (match := _MORE.match(text, place)) and not _NO_NAMES.match(match[1]):
        yield Personal("name", *match.span(1))
        place = match.end(1)


def _beside(text: str, numbers: Sequence[Personal]) -> Iterator[Personal]:
    for number in numbers:
        if number.kind not in _PERSONS_OWN:
            continue
        window = max(number.start - 24, 0), number.start
        match = _BEFORE_NUMBER.search(text, *window)
        if match is None and number.kind != "landline":
            match = _CALLED_NUMBER.search(text, *window)
            match = None if match and (is_word(match[1]) or _PLACE.match(match[1])) else match
        if match and not _NO_NAMES.match(match[1]):
            yield Personal("name", *match.span(1))
        if (match := _AFTER_NUMBER.match(text, number.end)) and not _NO_NAMES.match(match[1] or match[2]):
            yield Personal("name", *match.span(1 if match[1] else 2))
