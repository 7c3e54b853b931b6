"""Authors who did not consent to be named: their names in whatever search is to show.

Hidden.of(author).name(text) -> str, as long as it was       .short(value) -> str, of a short field

Whoever a field calls its author counts as a person, unless the words say that it is none (群众, 某局): of a name that
is in no list of surnames (阿依古丽, 买买提·吐尔逊, 逯某) the reader would else learn who wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pipeline.text.masks import masked
from pipeline.text.persons import SURNAMES

_PARTED = re.compile("[、，,；;/()（）\\s]+")
# 张　三: two characters set apart, as tables do.
_SPREAD = re.compile("([一-龥])\\s+([一-龥])")
_PERSON = re.compile(f"[{SURNAMES}][一-龥·]{{1,4}}")
# A name that begins with no common surname, or is no Han name.
_OTHER = re.compile("[一-龥]{2,4}|[一-龥]{1,10}(?:[·•・][一-龥]{1,10})+")
_NO_PERSON = re.compile(
    ".*(?:群众|市民|居民|村民|公民|网民|网友|业主|住户|用户|商户|农户|匿名|佚名|不详|未知|无名|记者|通讯员|编辑|作者|读者|代表|委员|"
    "党员|会员|干部|职工|员工|工人|农民|学生|家长|教师|老师|医生|患者|病人|司机|乘客|游客|老人|老年人|残疾人|志愿者|局|委|办|会|部|处|"
    "科|组|院|校|所|站|台|厅|社|社区|街道|网|报|队|厂|店|行|公司|集团|企业|单位|中心|支部|政府|政协|人大|省|市|县|区|乡|镇)"
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
        if not author:
            return cls()
        parts = _PARTED.split(author)
        if spread := _SPREAD.fullmatch(author.strip()):
            parts = [author.strip(), "".join(spread.groups())]
        return cls(tuple(one for one in parts if _is_person("".join(one.split()))))

    def name(self, text: str) -> str:
        """A text with the names masked but for their first character."""
        for one in self.names:
            if one in text:
                text = text.replace(one, one[0] + "*" * (len(one) - 1))
        return text

    def short(self, text: str) -> str:
        """A field's value, its personal data masked, too."""
        if _SUSPECT.search(text):
            # An address is no text: its parts are looked at one by one.
            text = _STEPS.sub(lambda step: masked(step[0]), text) if "://" in text else masked(text)
        return self.name(text)


def _is_person(text: str) -> bool:
    if _PERSON.fullmatch(text):
        return True
    return _OTHER.fullmatch(text) is not None and _NO_PERSON.fullmatch(text) is None
