"""The parts of 参考排序, their weights and words. It judges the text, never the person (OFFICE 19)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.rules.lexicon import Lexicon
from pipeline.rules.yamlfile import RuleModel

Words = tuple[Annotated[str, Field(min_length=1, max_length=20)], ...]
Share = Annotated[float, Field(ge=0, le=1)]
WHOLE = 100  # points


class Weights(RuleModel):
    """Points of each part; together 100."""

    freshness: float = Field(ge=0)
    length: float = Field(ge=0)
    structure: float = Field(ge=0)
    concreteness: float = Field(ge=0)
    title: float = Field(ge=0)
    responsibility: float = Field(ge=0)
    generality: float = Field(ge=0)
    origin: float = Field(ge=0)

    @model_validator(mode="after")
    def _make_a_whole(self) -> Self:
        total = sum(self.model_dump().values())
        if abs(total - WHOLE) > 1e-6:  # noqa: PLR2004 - floats
            raise ValueError(f"各项权重合计应为 {WHOLE}，现为 {total:g}")
        return self


class Fresh(RuleModel):
    """Up to so many days old earns this share."""

    days: int = Field(ge=1)
    share: Share


class Length(RuleModel):
    """Characters: all between `best_from` and `best_to`, none below `least` and above `most`, between them linear."""

    least: int = Field(ge=0)
    best_from: int = Field(ge=1)
    best_to: int = Field(ge=1)
    most: int = Field(ge=1)

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if not self.least < self.best_from <= self.best_to < self.most:
            raise ValueError("字数须 least 小于 best_from，best_from 不大于 best_to，best_to 小于 most")
        return self


class Structure(RuleModel):
    """Words that show 情况, 原因, 建议, and numbered parts."""

    situation: Words
    cause: Words
    advice: Words
    numbered: Words


class Concreteness(RuleModel):
    """Figures with a unit; `figures` of them are enough."""

    figures: int = Field(ge=1)
    units: Annotated[Words, Field(min_length=1)]


class TitleShape(RuleModel):
    """A title of at most `longest` characters that holds one of `shapes`."""

    longest: int = Field(ge=1)
    shapes: Words


class Responsibility(RuleModel):
    """Who is to act: bodies by name, or only 有关部门."""

    named: Words
    vague: Words


class Origin(RuleModel):
    """Somebody answers for a submission, nobody for a web lead."""

    submission: Share
    web_lead: Share


class Scoring(RuleModel):
    """Everything `score` goes by."""

    version: Literal[1] = 1
    weights: Weights
    freshness: tuple[Fresh, ...]
    length: Length
    structure: Structure
    concreteness: Concreteness
    title: TitleShape
    responsibility: Responsibility
    generality: Words
    origin: Origin
    urgent: Words

    @model_validator(mode="after")
    def _ages_rise(self) -> Self:
        days = [each.days for each in self.freshness]
        if days != sorted(set(days)):
            raise ValueError("freshness 的 days 须由小到大，不可重复")
        return self

    @cached_property
    def groups(self) -> dict[str, Words]:
        """The words of a text by what they show."""
        return {
            "situation": self.structure.situation,
            "cause": self.structure.cause,
            "advice": self.structure.advice,
            "numbered": self.structure.numbered,
            "named": self.responsibility.named,
            "vague": self.responsibility.vague,
            "generality": self.generality,
        }

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of all groups as an automaton."""
        return Lexicon(word for words in self.groups.values() for word in words)

    @cached_property
    def shown_by(self) -> tuple[str, ...]:
        """The group of each of the lexicon's words, by its index; a word in two groups counts for the first."""
        first: dict[str, str] = {}
        for group, words in self.groups.items():
            for word in words:
                first.setdefault(word, group)
        return tuple(first[word] for word in self.lexicon.words)

    @cached_property
    def figure(self) -> re.Pattern[str]:
        """A number, in figures or in Han, with one of the units behind it; bounded, so that bait costs no time."""
        units = "|".join(map(re.escape, sorted(self.concreteness.units, key=len, reverse=True)))
        return re.compile(rf"(?:\d[\d.,]{{0,15}}|[一二三四五六七八九十百千万两零〇]{{2,12}})(?:余|多)?(?:{units})")
