"""Exact addresses of homes: a house number behind a word of living, or a unit with its room. Every text is
`numerals.plain`.

Regions, roads, quarters, villages and buildings alone stay, and the rooms of offices: a room without a unit counts
only in a residential quarter, or when somebody lives there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.records.items import Personal
from pipeline.text.cues import Cue

NUMBER = "[0-9A-Za-z零〇一二三四五六七八九十百]{1,6}"
MARKER = "(?:号楼|号院|栋|幢|座|单元|室|号|房|户|组|社|队|弄)"
_PART = f"(?<![0-9]){NUMBER}(?:[-－—]{NUMBER}){{0,3}}"
_BLOCK = f"{_PART} ?(?:号楼|栋|幢|座|#楼?|楼)"
# 一单元100多户, 2单元2018年: a count or a year, no room.
_COUNTED = "(?! ?[0-9多余户年月层楼个元平人米家万亿套名间斤])"
_FLOOR = f"(?:{NUMBER} ?[楼层] ?)?"
_ROOM = (
    f"(?:{_PART} ?(?:室|房(?![屋价产东客型])|号房?)|(?<![0-9])[0-9]{{3,4}}{_COUNTED}"
    f"|[一二三四五六七八九十零〇]{{3,4}}{_COUNTED})"
)
_ROAD_NUMBER = "(?:(?<=[路街道巷])[0-9]{1,5}号[一-龥A-Za-z0-9]{0,12}?)?"
_QUARTER = (
    "(?:小区|花园|公寓|家园|新村|新居|宿舍|家属院|庄园|国际城|[苑庭邸湾郡府居墅])(?:[一-九0-9A-Za-z]{1,3}[期区])?"
)
# Of shops and offices: what follows a room of theirs, and what makes an address one of theirs.
_TRADE = "居委会|村委会|办公|公司|[饭门商药书]店|门面|[铺商]铺|铺面|警务室|诊所|超市|餐馆|营业|网点|银行|中国[移联电]"
_OFFICES = re.compile(
    "单位|网站|居委|村委|社区|物业|办公|公司|集团|店|警务|诊所|服务|中心|局|政府|医院|学校|法院|大厦|广场|写字楼|银行|大队|窗口|委员会|"
    "派出所"
)
_NO_TRADE = "(?!.{0,3}(?:居委会|村委会|警务室|诊所|服务站|活动室|党群))"
_UNIT_ROOM = re.compile(f"{_ROAD_NUMBER}(?:{_BLOCK} ?)?(?<![0-9]){NUMBER} ?单元 ?{_FLOOR}{_ROOM}{_NO_TRADE}")
# 社区服务站位于…, 居委会：…: the premises of an office.
_PREMISES = re.compile(
    "(?:居委会|村委会|委员会|服务[站点部]|服务中心|警务室|派出所|办公室|办公|办事处|公司|诊所|超市|[门商药]店|门市部|"
    "营业[部厅]|活动室|物业)"
    r"(?:(?:的?(?:地点|地址|位置))?(?:位于|设[在立于]{1,2}|地处|坐落于|搬[到至]|是|为|在)|的?地址|(?=[:：]))"
    r"[:：]?[^，。；,;\n\s业住]{0,14}$"
)
_QUARTER_ROOM = re.compile(rf"{_QUARTER} ?({_BLOCK} ?{_FLOOR}{_ROOM})(?![^，。；,;\s业住]{{0,5}}(?:{_TRADE}))")
_DASHED = re.compile("[0-9]-[0-9]{1,3}-[0-9]{3}")
_STRAIGHT = re.compile(
    rf"(?:{_QUARTER}|[A-Za-z一二三四五六七八九十]区) ?([A-Za-z]?[0-9]{{1,3}}-[0-9]{{1,3}}-[0-9]{{3,4}})"
    rf"(?![0-9-])(?![^，。；,;\s业住]{{0,5}}(?:{_TRADE}))"
)
# 6#2-301: building, unit and room.
_HASHED = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{1,3}#楼? ?[0-9]{1,2}-[0-9]{3,4}(?![0-9-])")
_NUMERALS = frozenset("0123456789零〇一二三四五六七八九十abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_AROUND = 32  # characters
_LANE_ROOM = re.compile(r"(?<![0-9])[0-9]{1,4}弄[0-9]{1,3}号(?:[0-9]{3,4}室?)?")
_DWELLERS_ROOM = re.compile(rf"{_BLOCK} ?{_FLOOR}{_ROOM}(?=的?(?:业主|住户|租户|居民|邻居|户主|房主|房东))")
_VILLAGE = re.compile(f"村(?:委会)?({NUMBER} ?(?:村民小组|小组|组|社|队) ?{NUMBER}号)(?![线楼文令桥]|公路|高速)")
_ANYWHERE = r"[^，。；！？\n,;!?（）()*]{0,30}?"
_HOME = re.compile(rf"(?:[:：是为在]| ){{0,3}}({_ANYWHERE}(?:{_PART}{MARKER}){{1,4}}(?:[0-9]{{3,4}}{_COUNTED})?)")
_ROOMED = re.compile(rf"{_PART}(?:室|房(?!间))|(?:{_PART}{MARKER}){{2}}|{_PART}(?:栋|幢|座|号楼|单元)[0-9]{{3,4}}")
_HOUSE = re.compile(f"(?:[路街道巷弄里村庄屯寨]|胡同|大院){NUMBER}号")
# ，住幸福路15号; 住 址：
_LIVES = re.compile(r"住(?:(?<![^，,；;。、\s（(].)(?![址所房户院宅宿建在于进过 \u3000])|[ \u3000]{1,4}址(?=[:：]))")
_NO_HOUSE = re.compile(
    r"[^，。；,;\s]{0,6}(?:养老院|敬老院|福利院|医院|宾馆|酒店|旅馆|救助站|学校|幼儿园)|"
    "[线门桥文令机]|公路|高速|地块|病|床|间"
)
_NEAR = re.compile(f"[0-9A-Za-z零〇一二三四五六七八九十百]{MARKER}")
_DIGIT = re.compile("[0-9零〇一二三四五六七八九十]")


def find(text: str, cues: Sequence[Cue]) -> Sequence[Personal]:
    """The addresses of homes in a plain text, in order; `cues` are its cues."""
    spans = [*_rooms(text, cues), *_homes(text, cues)] if cues else []
    if "村" in text:
        spans += (match.span(1) for match in _VILLAGE.finditer(text))
    if lives := [Cue("living", *match.span()) for match in _LIVES.finditer(text)]:
        spans += _homes(text, lives)
    if "#" in text:
        spans += (match.span() for match in _HASHED.finditer(text))
    if "-" in text and _DASHED.search(text):
        spans += (match.span(1) for match in _STRAIGHT.finditer(text))
    return list(_joined(sorted(spans))) if spans else ()


def _rooms(text: str, cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    """Units and rooms around the words for them, each stretch of a text looked at once."""
    stretches: list[tuple[int, int]] = []
    for cue in cues:
        if cue.kind == "room" and text[cue.end : cue.end + 2].strip()[:1] in _NUMERALS:
            start, end = max(cue.start - _AROUND, 0), cue.end + _AROUND
            if stretches and start <= stretches[-1][1]:
                start = stretches.pop()[0]
            stretches.append((start, end))
    for stretch in stretches:
        for pattern in (_UNIT_ROOM, _QUARTER_ROOM, _DWELLERS_ROOM, _LANE_ROOM):
            yield from (
                match.span(pattern.groups)
                for match in pattern.finditer(text, *stretch)
                if not _PREMISES.search(text, max(match.start() - _AROUND, 0), match.start())
            )


def _homes(text: str, cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    for cue in cues:
        if cue.kind not in ("living", "placed") or not _NEAR.search(text, cue.end, cue.end + 2 * _AROUND):
            continue
        if (match := _HOME.match(text, cue.end)) and _is_home(text, cue, match):
            yield match.span(1)


def _is_home(text: str, cue: Cue, match: re.Match[str]) -> bool:
    """Exact enough; without a word of living it needs a room, and no office beside it."""
    place, end = match[1], match.end()
    if not _DIGIT.search(place) or _NO_HOUSE.match(text, end):
        return False
    living = cue.kind == "living"
    if _ROOMED.search(place):
        return living or not _OFFICES.search(text, max(cue.start - 10, 0), end + 12)
    return living and _HOUSE.search(place) is not None


def _joined(spans: list[tuple[int, int]]) -> Iterator[Personal]:
    start = end = -1
    for one in spans:
        if one[0] < end:
            end = max(end, one[1])
            continue
        if end > 0:
            yield Personal("address", start, end)
        start, end = one
    if end > 0:
        yield Personal("address", start, end)
