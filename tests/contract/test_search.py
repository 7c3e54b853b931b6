"""What every search keeps: what is found, in which order, and how it is shown. Names are the rules; one that DESIGN
numbers carries its number. Writing is in test_search_writing."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.ports.search import Search
from pipeline.records.items import Document, Query
from tests.contract.searched import G, document, found, write

# ---------------------------------------------------------------- matching


@pytest.mark.parametrize(
    "asked",
    ["柳湾", "白鹭河柳湾段", "A3区", "a3区", "Ａ３区", "渗水 须即刻", "须即刻　白鹭河", "320", "2栋320", "①号", "1号"],
)
def test_any_part_of_a_text_is_found(search: Search, asked: str) -> None:
    write(search, document(1, "白鹭河柳湾段堤脚渗水，须即刻排查。A3区G2栋320①号"), document(2, "无关的一篇"))
    assert found(search, asked) == ["item0001"]


@pytest.mark.parametrize("asked", ["柳段", "河白", "渗水 无此", "白鹭湾", "g2栋 321"])
def test_what_does_not_follow_is_not_found(search: Search, asked: str) -> None:
    write(search, document(1, "白鹭河柳湾段堤脚渗水，须即刻排查。A3区G2栋320"))
    assert found(search, asked) == []


def test_a_phrase_runs_over_punctuation_blanks_and_line_ends(search: Search) -> None:
    write(search, document(1, "烘干\n  难，问“题”—— 亟待 解决"))
    assert found(search, "烘干难问题亟待解决") == ["item0001"]
    assert found(search, "烘干难，问题") == ["item0001"]


def test_titles_are_searched_and_no_phrase_runs_from_title_to_text(search: Search) -> None:
    write(search, document(1, "粮食烘干", title="家庭农场"))
    assert found(search, "农场") == ["item0001"]
    assert found(search, "农场 烘干") == ["item0001"]
    assert found(search, "农场粮食") == []


@pytest.mark.parametrize(
    "asked",
    [
        '"', '""', '"烘干', "烘干*", "烘干 AND", "烘干 OR 无此", "NOT 烘干", "NEAR(烘 干)", "title:烘干", "烘-干",
        "^烘干", "{title} : 烘干", "烘干)", "(烘干", "烘'干", "烘干;--", "烘\x00干", "烘干\ud800", "😀烘干", "\\烘干",
        "%烘干_", "烘+干", "-烘干", "facets:烘干",
    ],
)  # fmt: skip
def test_nothing_in_a_query_is_syntax(search: Search, asked: str) -> None:
    write(search, document(1, "粮食烘干点"))
    hits = search.query(G, Query(text=asked))
    # Words beside 烘干 must match as well; signs alone say nothing.
    plain = not any(char.isascii() and char.isalnum() for char in asked)
    only_signs = not any(char.isalnum() for char in asked)
    assert hits.total == (1 if plain and not only_signs and "无此" not in asked else 0)


@pytest.mark.parametrize("asked", ["，", "。。。", '"', "😀", "——", "\ud800", "* ?"])
def test_a_query_of_signs_alone_finds_nothing(search: Search, asked: str) -> None:
    write(search, document(1, "一，二。。。“三”——😀"))
    assert search.query(G, Query(text=asked)).total == 0


def test_a_query_without_text_finds_everything(search: Search) -> None:
    write(search, document(1, "一"), document(2, "二"))
    assert found(search, "") == found(search, " 　") == ["item0002", "item0001"]


def test_a_whole_page_may_be_the_query(search: Search) -> None:
    text = "".join(chr(0x4E00 + number % 3000) for number in range(6000))
    write(search, document(1, text), document(2, text[:3000]))
    assert found(search, text) == ["item0001"]
    assert found(search, " ".join(text[:400])) == ["item0002", "item0001"]


VERSIONS = itertools.count(2)
WORDS = st.text(st.sampled_from("人民政协社情意信息烘干点ab3c9Ａ３ＢéÉ𠮷㐀ｶ㎡"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(WORDS, min_size=1, max_size=6), asked=WORDS.filter(bool))
@example(texts=["人人人民", "人民"], asked="人人民")
def test_search_finds_what_a_substring_scan_finds(search: Search, texts: list[str], asked: str) -> None:
    version = next(VERSIONS)
    write(search, *(Document(each, version, tombstone=True) for each, _ in search.ids(G)))
    write(search, *(document(number, text, version=version) for number, text in enumerate(texts)))
    truth = [f"item{number:04}" for number, text in enumerate(texts) if fold(asked) in fold(text)]
    assert sorted(found(search, asked)) == truth


ACTS = st.tuples(
    st.integers(0, 3), st.integers(1, 5), st.sampled_from(["烘干", "烘干点", "助餐", None]), st.integers(0, 2)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.lists(ACTS, max_size=6), max_size=6))
def test_rule_13_any_order_of_writes_ends_with_the_newest_versions(
    search: Search, calls: list[list[tuple[int, int, str | None, int]]]
) -> None:
    base = next(VERSIONS) * 10
    model: dict[str, Document] = {}
    clear = [Document(f"item{number:04}", base, tombstone=True) for number in range(4)]
    for call in ([*clear], *([_made(base, *act) for act in acts] for acts in calls)):
        write(search, *call)
        for each in call:
            if each.id not in model or each.version >= model[each.id].version:
                model[each.id] = each
    live = {each.id: each for each in model.values() if not each.tombstone}
    assert list(search.ids(G)) == sorted((each.id, each.version) for each in live.values())
    assert {hit.document.id: hit.document for hit in search.query(G, Query(limit=10)).hits} == live
    for word in ("烘干", "烘干点", "助餐"):
        assert sorted(found(search, word)) == sorted(each.id for each in live.values() if word in each.text)


def _made(base: int, number: int, version: int, text: str | None, second: int) -> Document:
    if text is None:
        return Document(f"item{number:04}", base + version, tombstone=True)
    return document(number, text, version=base + version, received_at=f"2026-11-23T01:00:0{second}.000000Z")


def fold(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


# ---------------------------------------------------------------- filters and order


def test_filters_narrow_and_combine(search: Search) -> None:
    write(
        search,
        document(1, "烘干"),
        document(2, "烘干", domain="教育", state="accepted"),
        document(3, "烘干", kind="web_lead", source="HNZX", state="received"),
        document(4, "助餐", domain=None),
    )
    assert found(search, "烘干", domain="教育") == ["item0002"]
    assert found(search, domain="城乡建设、环境保护") == ["item0003", "item0001"]
    assert found(search, "烘干", source="hnzx") == ["item0002", "item0001"]
    assert found(search, source="HNZX") == ["item0003"]
    assert found(search, kind="submission", state="submitted") == ["item0004", "item0001"]
    assert found(search, "助餐", domain="教育") == []


def test_a_region_finds_what_lies_in_it(search: Search) -> None:
    codes = {1: "410000", 2: "410100", 3: "410105", 4: "411000", 5: "990101"}
    write(search, *(document(number, "x", regions=(code,)) for number, code in codes.items()))
    assert found(search, region="410000") == ["item0004", "item0003", "item0002", "item0001"]
    assert found(search, region="410100") == ["item0003", "item0002"]
    assert found(search, region="410105") == ["item0003"]
    assert found(search, region="990101") == ["item0005"]
    assert found(search, region="120000") == []
    write(search, document(6, "x", regions=("410105", "990101")))
    assert found(search, region="410000")[0] == found(search, region="990100")[0] == "item0006"


def test_days_are_the_offices_days_and_both_ends_belong_to_the_range(search: Search) -> None:
    # 2026-03-01 in Shanghai begins at 16:00 UTC of the day before.
    times = ["2026-02-28T15:59:59.999999Z", "2026-02-28T16:00:00.000000Z", "2026-03-01T15:59:59.999999Z",
             "2026-03-01T16:00:00.000000Z"]  # fmt: skip
    write(search, *(document(number, "x", published_at=time) for number, time in enumerate(times)))
    assert found(search, since="2026-03-01", until="2026-03-01") == ["item0002", "item0001"]
    assert found(search, "x", since="2026-03-01") == ["item0003", "item0002", "item0001"]
    assert found(search, until="2026-02-28") == ["item0000"]
    assert len(found(search, "x", since="0001-01-01", until="9999-12-30")) == 4
    with pytest.raises(UsageError, match="2026-13-01"):
        search.query(G, Query(since="2026-13-01"))


def test_the_newest_come_first_by_publication_else_receipt_then_id(search: Search) -> None:
    at = "2026-11-23T01:00:00.{:06}Z".format
    write(
        search,
        document(5, "x", published_at=None, received_at=at(5)),
        document(4, "x", published_at=at(9), received_at=at(1)),
        document(3, "x", published_at=at(5), received_at=at(0)),
        document(2, "x", published_at="1998-01-01T00:00:00.000000Z"),
        document(1, "x", published_at="0001-01-01T00:00:00.000000Z"),
        document(0, "x", published_at="9998-01-01T00:00:00.000000Z"),
    )
    order = ["item0000", "item0004", "item0003", "item0005", "item0002", "item0001"]
    assert found(search, "x") == found(search) == order


def test_pages_follow_each_other_without_loss_though_many_share_a_second(search: Search) -> None:
    at = "2026-11-23T01:00:{:02}.000000Z".format
    write(search, *(document(number, "烘干", received_at=at(number % 3)) for number in range(200)))
    pages = [search.query(G, Query("烘干", limit=7, offset=offset)) for offset in range(0, 203, 7)]
    order = [hit.document.id for page in pages for hit in page.hits]
    truth = sorted(range(200), key=lambda number: (-(number % 3), number))
    assert order == [f"item{number:04}" for number in truth]
    assert {page.total for page in pages} == {200}


def test_counts_are_capped_at_a_thousand(search: Search) -> None:
    write(search, *(document(number, "烘干") for number in range(1000)))
    exact = search.query(G, Query("烘干", limit=5))
    assert (exact.total, exact.capped, len(exact.hits)) == (1000, False, 5)
    write(search, document(1000, "烘干"))
    for sort in ("date", "relevance"):
        capped = search.query(G, Query("烘干", limit=5, sort=sort))
        assert (capped.total, capped.capped, len(capped.hits)) == (1000, True, 5)
    assert len(search.query(G, Query("烘干", limit=5, offset=998)).hits) == 3
    assert search.query(G, Query("烘干", limit=0)).hits == ()


def test_relevance_puts_titles_and_frequent_words_first(search: Search) -> None:
    write(
        search,
        document(1, "路灯不亮。" + "其他事情很多，" * 20),
        document(2, "别的事", title="路灯"),
        document(3, "路灯，路灯，还是路灯"),
        document(4, "没有"),
    )
    hits = search.query(G, Query("路灯", sort="relevance")).hits
    assert [hit.document.id for hit in hits][-1] == "item0001"
    assert {hit.document.id for hit in hits} == {"item0001", "item0002", "item0003"}
    scores = [hit.relevance for hit in hits if hit.relevance is not None]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert [hit.document.id for hit in search.query(G, Query("路灯", sort="relevance", limit=1, offset=2)).hits] == [
        "item0001"
    ]
    with pytest.raises(UsageError, match="hot"):
        search.query(G, Query("路灯", sort="hot"))


# ---------------------------------------------------------------- what a hit shows


def test_a_hit_gives_the_whole_document_back(search: Search) -> None:
    full = document(
        7, "全文", title="标题", published_at="2026-01-02T03:04:05.000006Z", topic="市政", regions=("990101", "990100"),
        score=73.5, urgent=True, undecided=True, twin=True, bulletin="b1", author="委员", unit="单位", sector="农业界",
        url="https://example.org/",
    )  # fmt: skip
    write(search, full)
    (hit,) = search.query(G, Query("全文")).hits
    assert hit.document == full


def test_highlights_mark_the_original_text(search: Search) -> None:
    text = "开头" * 40 + "白鹭河 柳湾，段" + "中间" * 60 + "ＡＢ柳湾段" + "结尾" * 40
    write(search, document(1, text, title="《白鹭河柳湾段堤脚渗水》"))
    (hit,) = search.query(G, Query("柳湾段")).hits
    title, first, second = hit.highlights
    assert title == "《白鹭河【柳湾段】堤脚渗水》"
    assert "白鹭河 【柳湾，段】中间" in first
    assert "ＡＢ【柳湾段】结尾" in second
    assert first.startswith("…")
    assert first.endswith("…")
    assert all(len(piece) < 70 for piece in hit.highlights)


def test_highlights_mark_every_word_asked_for(search: Search) -> None:
    write(search, document(1, "甲地路灯不亮，乙地井盖松动，丙地路灯又坏。"))
    (hit,) = search.query(G, Query("井盖 路灯")).hits
    assert hit.highlights == ("甲地【路灯】不亮，乙地【井盖】松动，丙地【路灯】又坏。",)
    assert search.query(G, Query()).hits[0].highlights == ()
