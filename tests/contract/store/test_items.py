"""Items, revisions, readings and what is shown of them (DESIGN 13, 14, 16; OFFICE 3, 22)."""

from __future__ import annotations

from dataclasses import replace

from pipeline.ports.desk import Edit
from pipeline.ports.store import Store
from pipeline.records.items import Item, Read, Signature
from pipeline.records.names import Kind, Similarity, State
from tests.conftest import StandingClock
from tests.contract.store.rows import AT, at, item, pair, read, signature


def put(store: Store, *items: Item, texts: dict[str, str] | None = None) -> None:
    with store.writing() as session:
        session.items.write(items)
        session.items.revise(
            [(read(one.id, (texts or {}).get(one.id, f"正文{one.id}")), one.revision) for one in items]
        )


def test_an_item_comes_back_as_it_went_in(store: Store) -> None:
    bare = item("a", url=None)
    full = item("b", kind=Kind.SUBMISSION, state=State.SUBMITTED, receipt="R1", bulletin="B1", version=7)
    put(store, bare, full)
    with store.reading() as session:
        assert session.items.by_ids(["a", "b", "c"]) == {"a": bare, "b": full}


def test_rule_13_writing_an_item_marks_it_at_its_version(store: Store) -> None:
    put(store, item("a"), item("b"))
    with store.writing() as session:
        session.items.write([item("a", version=2, cluster="b")])
        assert sorted(session.marks.due(10)) == [("a", 2), ("b", 1)]
        assert session.items.by_ids(["a"])["a"].cluster == "b"


def test_a_view_shows_the_newest_revision_and_its_newest_reading(store: Store) -> None:
    put(store, item("a"))
    newer = read("a", "第二稿", title="第二稿题", unit=None, named=False, repairs=(), personal=())
    again = replace(newer, classified=replace(newer.classified, domain="农业农村"), rules="2", run="run-1")
    with store.writing() as session:
        session.items.revise([(newer, 2)])
        session.items.write([item("a", revision=2, version=2, title="第二稿题")])
        session.items.reread([again])
        view = session.items.views(["a", "nobody"])["a"]
    assert (view.item.title, view.text, view.unit, view.named) == ("第二稿题", "第二稿", None, False)
    assert view.reading is not None
    assert (view.reading["domain"], view.reading["rules"], view.reading["run"]) == ("农业农村", "2", "run-1")


def test_a_view_has_all_that_the_steps_found(store: Store) -> None:
    put(store, item("a"))
    with store.reading() as session:
        view = session.items.views(["a"])["a"]
    assert view.reading == {
        "domain": "城乡建设",
        "topic": "市政",
        "confidence": 0.7,
        "undecided": False,
        "reasons": ["路灯"],
        "regions": [
            {"code": "990101", "name": "岚禾县", "level": "county", "role": "event", "at": 2, "candidates": []}
        ],
        "score": 61.5,
        "parts": [{"name": "time", "value": 0.5, "weight": 20, "why": "近30天"}],
        "urgent": False,
        "personal": [{"kind": "mobile", "start": 0, "end": 2, "valid": None}],
        "charset": "gb18030",
        "text_confidence": 1.0,
        "page_source": None,
        "reply": None,
        "url": None,
        "region": None,
        "channel": None,
        "declared_urgent": False,
        "repairs": [{"at": 0, "before": "�", "after": "建", "why": "字节完整"}],
        "warnings": [],
        "rules": "1",
        "run": None,
    }
    assert (view.published_at, view.unit, view.named, view.excerpt) == (at(0), "岚禾县政协", True, False)


def test_rule_16_an_editor_s_words_stand_beside_the_machine_s_and_outlive_a_revision(store: Store) -> None:
    put(store, item("a"), item("b"))
    with store.writing() as session:
        session.desk.edit(
            [Edit("a", 1, "审签稿题", "审签稿一", "甲", AT), Edit("a", 2, "审签稿题", "审签稿二", "甲", AT)]
        )
        session.items.revise([(read("a", "原稿二"), 2)])
        session.items.write([item("a", revision=2, version=2)])
        views = session.items.views(["a", "b"])
    assert (views["a"].text, views["a"].edit_title, views["a"].edit_text) == ("原稿二", "审签稿题", "审签稿二")
    assert (views["b"].edit_title, views["b"].edit_text, views["b"].overrides) == (None, None, None)


def test_rule_12_a_revision_that_came_late_is_history_alone(store: Store) -> None:
    put(store, item("a"))
    with store.writing() as session:
        session.items.revise([(read("a", "更早的一稿", received_at="2026-11-01T00:00:00.000000Z"), -1)])
        assert session.items.texts(["a"]) == {"a": "正文a"}
        assert session.items.views(["a"])["a"].text == "正文a"
        assert [one["number"] for one in session.items.revisions("a")] == [-1, 1]


def test_an_item_s_page_finds_every_revision_with_its_readings(store: Store) -> None:
    put(store, item("a"))
    with store.writing() as session:
        session.items.reread([replace(read("a"), rules="2"), replace(read("a"), rules="3")])
        (revision,) = session.items.revisions("a")
        assert session.items.revisions("nobody") == []
    assert (revision["title"], revision["text"], revision["details"]["charset"]) == ("关于a的建议", "正文a", "gb18030")
    assert [(one["number"], one["rules"]) for one in revision["readings"]] == [(1, "1"), (2, "2"), (3, "3")]
    assert revision["readings"][0]["domain"] == "城乡建设"


def test_rule_16_rereading_leaves_texts_and_unknown_items_alone(store: Store) -> None:
    put(store, item("a"))
    with store.writing() as session:
        session.items.reread([read("a", "别的正文"), read("nobody")])
        assert session.items.texts(["a", "nobody"]) == {"a": "正文a"}


def test_rule_16_a_runs_readings_go_in_portions_and_the_older_show_again(store: Store) -> None:
    put(store, item("a"), item("b"))
    with store.writing() as session:
        session.items.reread([replace(read(name), run="r1", rules="newer") for name in ("a", "b")])
        session.items.reread([replace(read("a"), run="r2", rules="newest")])
        assert session.items.unread("r1", 1) == ["a"]
        assert session.items.views(["a"])["a"].reading["rules"] == "newest"
        assert session.items.unread("r1", 10) == ["b"]
        assert session.items.unread("r1", 10) == []
        assert session.items.unread("r2", 10) == ["a"]
        assert {view.reading["rules"] for view in session.items.views(["a", "b"]).values()} == {read("a").rules}


def test_live_items_are_paged_by_key_and_counted(store: Store) -> None:
    names = [f"i{number}" for number in range(5)]
    put(store, *(item(name) for name in names))
    with store.writing() as session:
        session.items.bury("i1", at(9))
        assert session.items.live_ids(limit=2) == ["i0", "i2"]
        assert session.items.live_ids(after="i2", limit=2) == ["i3", "i4"]
        assert session.items.live_ids(after="i4") == []
        assert session.items.count_live() == 4


def test_members_of_clusters_come_by_time_received(store: Store) -> None:
    put(store, item("b", cluster="a", received_at=at(2)), item("a", received_at=at(3)), item("c", received_at=at(1)))
    with store.reading() as session:
        assert [one.id for one in session.items.members(["a", "nobody"])] == ["b", "a"]


# ---------------------------------------------------------------- removal


def test_rule_14_a_removed_item_stays_as_a_tombstone_one_version_higher(store: Store) -> None:
    put(store, item("a", cluster="b", version=3), item("b"))
    with store.writing() as session:
        session.items.sign([signature("a"), signature("b")])
        session.items.connect([pair("a", "b"), pair("b", "c")])
        session.items.reread([read("a")])
        session.items.bury("a", at(9))
    with store.reading() as session:
        rows = session.items.by_ids(["a"])
        assert rows == {
            "a": item("a", version=4, state=State.REMOVED, cluster="a", title="", content="", tombstone=True)
        }
        view = session.items.views(["a"])["a"]
        assert (view.item, view.text, view.reading) == (rows["a"], "", None)
        assert session.items.texts(["a"]) == session.items.by_exact(["exact-a"]) == {}
        assert session.items.revisions("a") == []
        assert session.items.edges(["b"]) == [pair("b", "c")]
        assert dict(session.marks.due(10))["a"] == 4


def test_burying_twice_or_nobody_changes_nothing(store: Store) -> None:
    put(store, item("a"))
    with store.writing() as session:
        session.items.bury("a", at(1))
        session.items.bury("a", at(2))
        session.items.bury("nobody", at(2))
        assert session.items.by_ids(["a", "nobody"])["a"].version == 2
        assert session.items.tombstones(at(1)) == ["a"]


def test_tombstones_are_found_by_when_they_were_made(store: Store, clock: StandingClock) -> None:
    put(store, *(item(name) for name in "abcd"))
    with store.writing() as session:
        for minute, name in enumerate("abc", 1):
            session.items.bury(name, at(minute))
        assert session.items.tombstones(at(2)) == ["b", "c"]
        clock.forward(minutes=30)
        session.items.write([item("d", tombstone=True)])
        clock.forward(minutes=1)
        session.items.write([item("d", tombstone=True, version=2)])
        assert session.items.tombstones(at(30)) == ["d"]
        assert session.items.tombstones(at(31)) == []


def test_bodies_of_web_leads_expire_to_an_excerpt(store: Store) -> None:
    words = "字" * 500
    old, new = item("old", received_at=at(1)), item("new", received_at=at(5))
    own = item("own", kind=Kind.SUBMISSION, received_at=at(1))
    put(store, old, new, own, texts=dict.fromkeys(("old", "new", "own"), words))
    with store.writing() as session:
        assert session.items.purge_bodies("web_lead", at(5), 10) == 1
        assert session.items.purge_bodies("web_lead", at(5), 10) == 0
        views = session.items.views(["old", "new", "own"])
        assert {name: len(view.text) for name, view in views.items()} == {"old": 200, "new": 500, "own": 500}
        assert {name: view.excerpt for name, view in views.items()} == {"old": True, "new": False, "own": False}
        assert (views["old"].item, views["old"].reading is not None) == (replace(old, version=2), True)
        assert dict(session.marks.due(10))["old"] == 2


def test_what_an_office_answered_expires_with_the_question(store: Store) -> None:
    with store.writing() as session:
        session.items.write([item("old", received_at=at(1))])
        session.items.revise([(read("old", "问" * 300, reply="答复"), 1)])
        assert (session.items.views(["old"])["old"].reading or {})["reply"] == "答复"
        assert session.items.purge_bodies("web_lead", at(5), 10) == 1
        assert (session.items.views(["old"])["old"].reading or {})["reply"] is None
        assert "答复" not in str(session.items.revisions("old"))


def test_bodies_expire_in_portions_oldest_first_and_a_new_revision_is_whole_again(store: Store) -> None:
    put(store, *(item(f"i{minute}", received_at=at(minute)) for minute in range(5)))
    with store.writing() as session:
        assert session.items.purge_bodies("web_lead", at(9), 2) == 2
        assert [
            name for name, view in sorted(session.items.views([f"i{n}" for n in range(5)]).items()) if view.excerpt
        ] == [
            "i0",
            "i1",
        ]
        session.items.revise([(read("i0", "新的正文"), 2)])
        session.items.write([item("i0", revision=2, version=3)])
        assert not session.items.views(["i0"])["i0"].excerpt
        assert session.items.purge_bodies("web_lead", at(9), 10) == 4


# ---------------------------------------------------------------- likeness


def test_signature_numbers_rise_and_one_replaced_gets_a_new_one(store: Store) -> None:
    with store.writing() as session:
        assert session.items.last_seq() == 0
        first, second = session.items.sign([signature("a"), signature("b")])
        (third,) = session.items.sign([signature("a", exact="other")])
        assert first < second < third == session.items.last_seq()
        assert session.items.by_seqs([first, second, third, 99]) == {
            second: replace(signature("b"), seq=second),
            third: replace(signature("a", exact="other"), seq=third),
        }
        assert session.items.by_exact(["exact-a", "other", "exact-b"]) == {"other": ["a"], "exact-b": ["b"]}


def test_a_signature_number_is_never_given_twice(store: Store) -> None:
    put(store, item("a"), item("b"))
    with store.writing() as session:
        *_, newest = session.items.sign([signature("a"), signature("b")])
        session.items.bury("b", at(1))
        assert session.items.last_seq() < newest
        assert session.items.sign([signature("c")]) == [newest + 1]


def test_rule_10_signatures_are_tailed_by_number(store: Store) -> None:
    names = ["a", "b", "c", "d"]
    with store.writing() as session:
        seqs = session.items.sign([signature(name) for name in names])
        assert [one.item for one in session.items.signatures(0, 3)] == ["a", "b", "c"]
        assert [one.item for one in session.items.signatures(seqs[2])] == ["d"]
        assert session.items.signatures(seqs[3]) == []
        (one,) = session.items.signatures(0, 1)
    assert one == Signature("a", signature("a").bands, "exact-a", 1, seqs[0])


def test_rule_10_an_editor_s_edge_is_never_replaced_by_the_machine_s(store: Store) -> None:
    apart = pair("a", "b", Similarity.NEGATIVE, by="甲", similarity=0.0)
    with store.writing() as session:
        session.items.connect([pair("a", "b")])
        session.items.connect([apart])
        session.items.connect([pair("a", "b", similarity=0.95)])
        assert session.items.edges(["a"]) == [apart, pair("a", "b", similarity=0.95)]
        together = pair("a", "b", Similarity.NEAR, by="乙", similarity=1.0)
        session.items.connect([together])
        assert session.items.edges(["b"]) == [together, pair("a", "b", similarity=0.95)]


def test_a_changed_text_loses_the_machine_s_edges_alone(store: Store) -> None:
    by_hand = pair("a", "b", Similarity.NEAR, by="甲")
    with store.writing() as session:
        session.items.connect([by_hand, pair("a", "b"), pair("a", "c"), pair("b", "c")])
        session.items.forget_edges(["a"])
        assert session.items.edges(["a"]) == [by_hand, pair("b", "c")]


def test_of_several_rows_of_one_key_in_one_call_the_last_is_kept(store: Store) -> None:
    with store.writing() as session:
        session.items.write([item("a"), item("a", version=2, title="后写的")])
        session.items.connect([pair("a", "b", similarity=0.8), pair("a", "b", similarity=0.9)])
        assert session.items.by_ids(["a"])["a"].title == "后写的"
        assert [one.similarity for one in session.items.edges(["a"])] == [0.9]
        assert session.marks.due(10) == [("a", 2)]


def test_rule_10_edges_are_followed_through_the_whole_component(store: Store) -> None:
    chain = [pair("a", "b"), pair("b", "c", Similarity.EXACT), pair("c", "d", Similarity.NEGATIVE), pair("d", "e")]
    with store.writing() as session:
        session.items.connect([*chain, pair("x", "y")])
        assert session.items.edges(["a"]) == session.items.edges(["e", "c"]) == chain
        assert session.items.edges(["x"]) == [pair("x", "y")]
        assert session.items.edges(["nobody"]) == []


def test_rule_10_similar_edges_are_shown_and_never_chain(store: Store) -> None:
    similar = pair("b", "c", Similarity.SIMILAR)
    with store.writing() as session:
        session.items.connect([pair("a", "b"), similar, pair("c", "d")])
        assert session.items.edges(["a"]) == [pair("a", "b"), similar]


def test_edges_of_a_cluster_are_found_from_a_member_without_any(store: Store) -> None:
    put(store, item("a"), item("b", cluster="a"), item("c", cluster="a"))
    with store.writing() as session:
        session.items.connect([pair("b", "c")])
        assert session.items.edges(["a"]) == [pair("b", "c")]


def test_rule_7_a_batch_reads_back_in_one_view(store: Store) -> None:
    reads: list[Read] = [read(f"i{number}", f"正文{number}", offset=number) for number in range(1200)]
    with store.writing() as session:
        session.items.revise([(one, 1) for one in reads])
        session.items.write([item(one.cleaned.item) for one in reads])
        session.items.sign([one.deduped.signature for one in reads])
    with store.reading() as session:
        views = session.items.views([one.cleaned.item for one in reads])
        assert {name: view.text for name, view in views.items()} == {
            one.cleaned.item: one.cleaned.text for one in reads
        }
        assert len(session.items.by_exact([one.cleaned.exact for one in reads])) == 1200
