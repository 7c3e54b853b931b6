"""clusters: verified pairs -> who belongs together, and who leads. Pure; the order of input does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.records.items import Pair
from pipeline.records.names import Similarity

MACHINE = "machine"
JOINING = frozenset({Similarity.EXACT, Similarity.NEAR})


def clusters(items: Mapping[str, str], edges: Iterable[Pair]) -> dict[str, str]:
    """The lead of each item, given each item's time of receipt and all edges among them (DESIGN, rule 10).

    Exact and near edges join, strongest first: an editor's before the machine's, then by similarity, then
    by ids. One that would bring the two ends of a negative edge together is skipped. The lead is the
    earliest received, then the least id. `items` must hold whole components: whoever is reached over exact
    and near edges, skipped ones included; an edge with an end outside is passed over.
    """
    inside = [edge for edge in edges if edge.a in items and edge.b in items]
    groups = _Groups(items)
    for edge in inside:
        if edge.kind is Similarity.NEGATIVE:
            groups.forbid(edge.a, edge.b)
    for edge in sorted((edge for edge in inside if edge.kind in JOINING), key=_weakness):
        groups.join(edge.a, edge.b)
    return groups.leads(items)


def _weakness(edge: Pair) -> tuple[bool, float, str, str]:
    return edge.by == MACHINE, -edge.similarity, edge.a, edge.b


class _Groups:
    """Disjoint groups that remember which items they must never hold."""

    def __init__(self, items: Iterable[str]) -> None:
        self._members = {item: [item] for item in items}
        self._of = {item: item for item in self._members}
        self._foes: dict[str, set[str]] = {item: set() for item in self._members}

    def forbid(self, a: str, b: str) -> None:
        self._foes[a].add(b)
        self._foes[b].add(a)

    def join(self, a: str, b: str) -> None:
        small, large = sorted((self._of[a], self._of[b]), key=lambda group: len(self._members[group]))
        if small == large or any(self._of[foe] == large for foe in self._foes[small]):
            return
        for member in self._members[small]:
            self._of[member] = large
        self._members[large] += self._members.pop(small)
        self._foes[large] |= self._foes.pop(small)

    def leads(self, received: Mapping[str, str]) -> dict[str, str]:
        found = {
            group: min(members, key=lambda item: (received[item], item)) for group, members in self._members.items()
        }
        return {item: found[group] for item, group in self._of.items()}
