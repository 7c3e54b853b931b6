"""Series (刊物): type, masthead, numbering, foot and the chain of people who write, approve and sign.

`series.yaml` in `MINYI_HOME/rules` wins over the shipped one as a whole. Chain: the first role writes, the
last signs, those between approve in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.identity import digest
from pipeline.records.bulletins import Masthead
from pipeline.rules.yamlfile import RuleModel, load_yaml

CHAIN = ("editor", "section_head", "deputy_secretary", "secretary")
TITLES = {
    "editor": "责任编辑",
    "section_head": "信息科科长",
    "deputy_secretary": "副秘书长",
    "secretary": "秘书长",
}


class MastheadRule(RuleModel):
    """The head as printed (OFFICE 25)."""

    name: str = Field(min_length=1, max_length=30)
    unit: str = Field(min_length=1, max_length=60)
    notice: str = Field(default="内部资料 注意保存", max_length=30)


class Start(RuleModel):
    """The numbers that the first bulletin issued by this program gets, in that year."""

    year: int = Field(ge=1990, le=2200)
    number: int = Field(default=1, ge=1)
    running: int = Field(default=1, ge=1)


class FootRule(RuleModel):
    """The foot's constant lines; people come from the records."""

    report_to: str = ""
    send_to: str = ""
    issue_to: str = ""
    telephone: str = ""
    copies: int | None = Field(default=None, ge=1)


class Proxy(RuleModel):
    """Who signs or approves in somebody's stead, on which dates (both included)."""

    role: str
    name: str = Field(min_length=1)
    stands_for: str = Field(alias="for", min_length=1)
    since: date
    until: date


class Series(RuleModel):
    """One series. `roles` (role → title) is filled in from the file's head."""

    name: str = Field(min_length=1, max_length=30, pattern=r"^[^\\/:*?\"<>|\s]+$")
    type: Literal["single", "digest"] = "single"
    masthead: MastheadRule
    start: Start
    print_running: bool = True
    author_at: Literal["head", "foot"] = "head"
    member_title: str = "政协委员"
    foot: FootRule = FootRule()
    chain: tuple[str, ...] = Field(default=CHAIN, min_length=2)
    separate: bool = True
    people: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    proxies: tuple[Proxy, ...] = ()
    least: int = Field(default=2, ge=2)
    most: int = Field(default=20, le=20)
    sample: bool = False  # 演示样例 内容虚构 on every page
    roles: dict[str, str] = Field(default_factory=dict)

    @property
    def approvers(self) -> tuple[str, ...]:
        """The roles that approve, in turn."""
        return self.chain[1:-1]

    @property
    def signer(self) -> str:
        """The role that signs."""
        return self.chain[-1]

    def title_of(self, role: str) -> str:
        """A role as the office calls it."""
        return self.roles.get(role) or TITLES.get(role, role)

    def printed_masthead(self) -> Masthead:
        """The masthead with its version, a hash of what it prints."""
        head = self.masthead
        version = digest(head.name, head.unit, head.notice)[:8]
        return Masthead(name=head.name, unit=head.unit, notice=head.notice, version=version)


class SeriesFile(RuleModel):
    """series.yaml."""

    version: Literal[1] = 1
    roles: dict[str, str] = Field(default_factory=lambda: dict(TITLES))
    series: tuple[Series, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.name for one in self.series]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"刊物名称重复：{'、'.join(sorted(doubled))}")
        for one in self.series:
            used = {*one.chain, *one.people, *(proxy.role for proxy in one.proxies)}
            if unknown := used - set(self.roles):
                raise ValueError(
                    f"“{one.name}”用了未列出的职务 {'、'.join(sorted(unknown))}，可用 {'、'.join(self.roles)}"
                )
            if len(set(one.chain)) < len(one.chain):
                raise ValueError(f"“{one.name}”的签批次序里同一职务写了两次")
            if one.least > one.most:
                raise ValueError(f"“{one.name}”的 least 大于 most")
        return self


def load_series(site_dir: Path) -> dict[str, Series]:
    """Name → series, in the file's order: the site's own `series.yaml`, else the shipped one. Raises RuleError."""
    own = site_dir / "series.yaml"
    found = load_yaml(own if own.is_file() else Path(__file__).with_name("series.yaml"), SeriesFile)
    return {one.name: one.model_copy(update={"roles": dict(found.roles)}) for one in found.series}


class LateSeries(Mapping[str, Series]):
    """Name → series, read when it is first looked into: whoever looks meets the file's faults, nobody else does."""

    def __init__(self, read: Callable[[], Mapping[str, Series]]) -> None:
        self._read = read

    def __getitem__(self, name: str) -> Series:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())
