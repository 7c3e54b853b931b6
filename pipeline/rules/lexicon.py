"""Words to look for, as one automaton: the longest word at the leftmost place wins, and matches never overlap.

A word that another holds inside is therefore found only where it stands alone: list 大理石 beside 大理, and
the stone is not taken for the town.
"""

from __future__ import annotations

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class Lexicon:
    """`find` gives (index into `words`, start, end) in code points, half open, in order."""

    __slots__ = ("_automaton", "words")

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        # A DFA: 10 µs on 300 characters for the three lexicons together, 18 otherwise; 14 MB more.
        self._automaton = AhoCorasick(
            self.words, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
        )

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Every match, leftmost and longest."""
        return self._automaton.find_matches_as_indexes(text)
