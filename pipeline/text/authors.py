"""Authors who did not consent to be named: their names in whatever search is to show.

Hidden.of(author).name(text) -> str, as long as it was       .short(value) -> str, of a short field

Whoever a field calls its author counts as a person, unless the words say that it is none (群众, 某局): of a name that
is in no list of surnames (阿依古丽, 买买提·吐尔逊, 逯某) the reader would else learn who wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from pipeline.text.masks import masked
from pipeline.text.persons import SURNAMES

_PARTED = re.compile("[、，,；;/()（）:：|｜\\s]+")
_JOINED = re.compile("[和与及]")
# Words that stand before or after a name without anything between.
_BEFORE = re.compile(
    "(?:姓名|作者|来信人|反映人|投稿人|联系人|热心|本[报网刊台]|居民|村民|市民|公民|网民|网友|业主|住户|群众|记者|通讯员|编辑)+"
)
_AFTER = re.compile("(?:等[0-9０-９一二三四五六七八九十百多几]*[人名位户]?|先生|女士|小姐|同志|老师|师傅|委员|代表)+$")
# John Smith, Li Wei: whole, and each word of three letters or more.
_LATIN = re.compile("[A-Za-z][A-Za-z.'-]*(?:\\s+[A-Za-z][A-Za-z.'-]*){0,3}")
_LATIN_WORD = 3
# 张　三: two characters set apart, as tables do.
_SPREAD = re.compile("([一-龥])\\s+([一-龥])")
_PERSON = re.compile(f"[{SURNAMES}][一-龥·]{{1,4}}")
# A name that begins with no common surname, or is no Han name.
_OTHER = re.compile("[一-龥]{2,4}|[一-龥]{1,10}(?:[·•・][一-龥]{1,10})+")
_NO_PERSON = re.compile(
    ".*(?:群众|市民|居民|村民|公民|网民|网友|业主|住户|用户|商户|农户|匿名|佚名|不详|未知|无名|记者|通讯员|编辑|作者|读者|代表|委员|"
    "党员|会员|干部|职工|员工|工人|农民|学生|家长|教师|老师|医生|患者|病人|司机|乘客|游客|老人|老年人|残疾人|志愿者|局|委|办|会|部|处|"
    "科|组|院|校|所|站|台|厅|社|社区|街道|网|报|队|厂|店|[银分支商车]行|公司|集团|企业|单位|中心|支部|政府|政协|人大|省|市|县|区|乡|镇)"
)
# What stands for a name that is not given: 匿名, 不便透露, 一名老党员.
_UNNAMED = re.compile(
    "[^，。\n]{0,8}(?:匿名|佚名|保密|不详|未知|无名|隐名|化名)|略|略去|无|暂无|同上|见附件|"
    "[^，。\n]{0,6}[不未拒谢][^，。\n]{0,4}(?:透露|公开|具名|署名|留名|披露|告知|提供|填写)[^，。\n]{0,6}|"
    "[一两几数多][名位个群][^，。\n]{1,20}|"
    "(?:全体|广大|部分|众多|家住)[^，。\n]{1,20}|"
    "[^，。\n]{0,12}(?:家属|受害[者人]|当事人|知情[者人])"
)
# What a short value must have for personal data to be in it.
_SUSPECT = re.compile("[0-9０-９]{4}|[@＠]")
_STEPS = re.compile("[^/?&=#]+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """Hides names wherever they stand, and personal data in short fields."""

    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, author: str | None) -> Self:
        """With the names in an author's field."""
        names = set(_names(author.strip())) if author else set[str]()
        return cls(tuple(sorted(names, key=lambda one: (-len(one), one))))

    def name(self, text: str) -> str:
        """A text with the names masked but for their first character, also where their characters are set apart."""
        for one in self.names:
            text = _written(one).sub(_masked, text)
        return text

    def short(self, text: str) -> str:
        """A field's value, its personal data masked, too."""
        if _SUSPECT.search(text):
            # An address is no text: its parts are looked at one by one.
            text = _STEPS.sub(lambda step: masked(step[0]), text) if "://" in text else masked(text)
        return self.name(text)


def _names(author: str) -> Iterator[str]:
    if _LATIN.fullmatch(author):
        yield author
        yield from (word for word in author.split() if len(word) >= _LATIN_WORD)
        return
    spread = _SPREAD.fullmatch(author)
    for part in ["".join(spread.groups())] if spread else _PARTED.split(author):
        if _is_person(part):
            yield part
        bare = _AFTER.sub("", _BEFORE.sub("", part, count=1) if _BEFORE.match(part) else part)
        yield from (one for one in (bare, *_JOINED.split(bare)) if _PERSON.fullmatch(one))


@lru_cache(maxsize=256)
def _written(name: str) -> re.Pattern[str]:
    if name.isascii():
        words = r"\s+".join(map(re.escape, name.split()))
        return re.compile(rf"(?<![A-Za-z]){words}(?![A-Za-z])", re.IGNORECASE)
    return re.compile(r"\s*".join(map(re.escape, name)))


def _masked(found: re.Match[str]) -> str:
    first, rest = found[0][0], found[0][1:]
    return first + "".join(one if one.isspace() else "*" for one in rest)


def _is_person(text: str) -> bool:
    if _PERSON.fullmatch(text):
        return True
    return _OTHER.fullmatch(text) is not None and not is_no_person(text)


def is_no_person(text: str) -> bool:
    """Whether words say that they name no person: 某局, 群众, 匿名, 不便透露; only of what is no usual name."""
    return _NO_PERSON.fullmatch(text) is not None or _UNNAMED.fullmatch(text) is not None
