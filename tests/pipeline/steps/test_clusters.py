"""clusters: DESIGN rule 10, whatever the order of arrival."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.items import Pair
from pipeline.records.names import Similarity
from pipeline.steps.clusters import clusters

IDS = [f"item{number}" for number in range(9)]
TIMES = [f"2026-11-2{day}T01:00:00.000000Z" for day in range(4)]
KINDS = [Similarity.EXACT, Similarity.NEAR, Similarity.NEAR, Similarity.SIMILAR, Similarity.NEGATIVE]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, str], list[Pair]]:
    items = draw(st.dictionaries(st.sampled_from(IDS), st.sampled_from(TIMES), min_size=1))
    edges = []
    for a, b in combinations(sorted(items), 2):
        if draw(st.booleans()):
            kind = draw(st.sampled_from(KINDS))
            by = "编辑甲" if kind is Similarity.NEGATIVE else draw(st.sampled_from(["machine", "machine", "编辑甲"]))
            edges.append(Pair(a, b, kind, draw(st.sampled_from([0.4, 0.6, 0.8, 1.0])), by))
    return items, edges


def near(a: str, b: str, similarity: float = 0.9, by: str = "machine") -> Pair:
    return Pair(a, b, Similarity.NEAR, similarity, by)


def apart(a: str, b: str) -> Pair:
    return Pair(a, b, Similarity.NEGATIVE, 0.0, "编辑甲")


def received(ids: str) -> dict[str, str]:
    return {item: f"2026-11-23T01:00:0{at}.000000Z" for at, item in enumerate(ids)}


def by_definition(items: dict[str, str], edges: list[Pair]) -> dict[str, str]:
    """Edge by edge, walking the whole graph each time."""
    joined: list[tuple[str, str]] = []

    def component(start: str) -> set[str]:
        seen, waiting = {start}, [start]
        while waiting:
            at = waiting.pop()
            more = {b if a == at else a for a, b in joined if at in (a, b)} - seen
            seen |= more
            waiting += more
        return seen

    negative = [(edge.a, edge.b) for edge in edges if edge.kind is Similarity.NEGATIVE]
    strong = [edge for edge in edges if edge.kind in (Similarity.EXACT, Similarity.NEAR)]
    for edge in sorted(strong, key=lambda edge: (edge.by == "machine", -edge.similarity, edge.a, edge.b)):
        together = component(edge.a) | component(edge.b)
        if not any(a in together and b in together for a, b in negative):
            joined.append((edge.a, edge.b))
    return {item: min(component(item), key=lambda one: (items[one], one)) for item in items}


@given(graphs(), st.randoms())
def test_rule_10_any_order_of_arrival_gives_the_same_clusters(graph, random):
    items, edges = graph
    shuffled_items = list(items.items())
    random.shuffle(shuffled_items)
    shuffled_edges = random.sample(edges, len(edges))
    assert clusters(dict(shuffled_items), shuffled_edges) == clusters(items, edges)


@given(graphs())
def test_rule_10_clusters_are_those_of_the_definition(graph):
    assert clusters(*graph) == by_definition(*graph)


@given(graphs())
def test_rule_10_the_ends_of_a_negative_edge_never_meet(graph):
    items, edges = graph
    leads = clusters(items, edges)
    assert all(leads[edge.a] != leads[edge.b] for edge in edges if edge.kind is Similarity.NEGATIVE)


@given(graphs(), graphs())
def test_components_that_no_edge_joins_are_clustered_alike_alone_and_together(one, other):
    items, edges = one
    others = {f"z{item}": at for item, at in other[0].items()}
    moved = [Pair(f"z{edge.a}", f"z{edge.b}", edge.kind, edge.similarity, edge.by) for edge in other[1]]
    assert clusters(items | others, edges + moved) == clusters(items, edges) | clusters(others, moved)


def test_the_earliest_received_leads_and_the_least_id_among_equals():
    items = {"a": TIMES[1], "b": TIMES[0], "c": TIMES[0]}
    assert set(clusters(items, [near("a", "b"), near("b", "c")]).values()) == {"b"}


def test_similar_never_chains():
    edge = Pair("a", "b", Similarity.SIMILAR, 0.9)
    assert clusters(received("ab"), [edge]) == {"a": "a", "b": "b"}


def test_an_unmerge_leaves_the_middle_with_its_stronger_side():
    edges = [near("a", "b", 0.7), near("b", "c", 0.8), apart("a", "c")]
    assert clusters(received("abc"), edges) == {"a": "a", "b": "b", "c": "b"}


def test_an_editors_edge_goes_before_a_stronger_one_of_the_machine():
    edges = [near("a", "b", 0.5, by="编辑甲"), near("b", "c", 0.99), apart("a", "c")]
    assert clusters(received("abc"), edges) == {"a": "a", "b": "a", "c": "c"}


def test_an_edge_to_an_item_that_is_gone_is_passed_over():
    assert clusters(received("a"), [near("a", "b"), apart("a", "c")]) == {"a": "a"}


def test_ten_thousand_copies_of_one_text_are_one_cluster():
    items = {f"{number:05}": f"2026-11-23T01:00:00.{number:06}Z" for number in range(10_000)}
    edges = [near("00000", item) for item in list(items)[1:]]
    assert set(clusters(items, edges).values()) == {"00000"}
