"""A classification scheme: domains and topics with the words that speak for them (CONTRACT, Files)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from pipeline.rules.lexicon import Lexicon
from pipeline.rules.yamlfile import RuleModel

Name = Annotated[str, Field(min_length=1, max_length=40)]
Word = Annotated[str, Field(min_length=2, max_length=20)]
SHORTEST = 2  # a single character is in too many words to say anything
# Longer words are surer: 电梯 1, 加装电梯 1.6. By length, from none up; beyond the last as the last.
LENGTH_FACTORS = (0.0, 0.0, 1.0, 1.3, 1.6, 1.8)
_AND = re.compile(r"[、，,/／与和及（）()]")
_REST = re.compile(r"^(其他|其它)")


class Weighted(RuleModel):
    """A keyword that counts more or less than 1; with weight 0 it only keeps shorter words from matching in it."""

    word: Word
    weight: float = Field(ge=0, le=5)


class Topic(RuleModel):
    """A second-level class."""

    name: Name
    keywords: tuple[Word | Weighted, ...] = ()


class Domain(RuleModel):
    """A first-level class. `maps_to` is its name in another office's scheme."""

    name: Name
    keywords: tuple[Word | Weighted, ...] = ()
    maps_to: str | None = None
    topics: tuple[Topic, ...] = ()


class Evidence(NamedTuple):
    """What one word speaks for: a domain, a topic of it or none (-1), and how strongly."""

    domain: int
    topic: int
    strength: float


class Scheme(RuleModel):
    """A whole scheme. Its domains' and topics' own names are keywords too."""

    version: Literal[1] = 1
    name: Name
    domains: tuple[Domain, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for names in ([each.name for each in self.domains], *([t.name for t in each.topics] for each in self.domains)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"类名“{twice[0]}”写了两次，请删去一处或改名")
        return self

    @cached_property
    def fallback(self) -> int:
        """The domain of a text that holds none of the words: 其他, else the last."""
        rest = (place for place, domain in enumerate(self.domains) if _REST.match(domain.name))
        return next(rest, len(self.domains) - 1)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Every word as an automaton."""
        return Lexicon(word for word, _, _, _ in self._spoken())

    @cached_property
    def evidence(self) -> tuple[tuple[Evidence, ...], ...]:
        """For each of the lexicon's words, by its index, what it speaks for."""
        found: dict[str, list[Evidence]] = {word: [] for word in self.lexicon.words}
        for word, domain, topic, weight in self._spoken():
            strength = weight * LENGTH_FACTORS[min(len(word), len(LENGTH_FACTORS) - 1)]
            if strength:
                found[word].append(Evidence(domain, topic, strength))
        return tuple(tuple(each) for each in found.values())

    def _spoken(self) -> Iterable[tuple[str, int, int, float]]:
        for place, domain in enumerate(self.domains):
            name = "" if _REST.match(domain.name) else domain.name
            yield from ((word, place, -1, weight) for word, weight in _words(name, domain.keywords))
            for number, topic in enumerate(domain.topics):
                yield from ((word, place, number, weight) for word, weight in _words(topic.name, topic.keywords))


def _words(name: str, keywords: Iterable[str | Weighted]) -> list[tuple[str, float]]:
    """Words and weights, the name's own parts among them unless they are written by hand."""
    found: dict[str, float] = {part: 1.0 for part in _AND.split(name) if len(part) >= SHORTEST}
    for keyword in keywords:
        if isinstance(keyword, str):
            found[keyword] = 1.0
        else:
            found[keyword.word] = keyword.weight
    return list(found.items())
