"""dedup: what is exact, near or neither, and how surely signatures find it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity import content_hash, digest, exact_hash, normalised
from pipeline.records.items import Cleaned, Pair
from pipeline.records.messages import Place
from pipeline.records.names import Kind, Similarity
from pipeline.steps.dedup import BANDS, NEAR, RULES_VERSION, SIGNATURE_VERSION, compare, dedup, sign
from tests.made_up import Writer, framed

LETTER = (
    "城东老街入夜后路灯大半不亮，学生晚自习回家要摸黑走过两处没有盖的井口。上月一位老人在菜场门口摔伤，"
    "附近商户自己拉了电线照明，又添了用电的隐患。建议住建部门先把井盖补齐，再把路灯接入集中控制，"
    "并公布报修电话；对学校周边三百米的路段每周巡查一次，结果贴在社区公告栏。"
)


def cleaned(item: str, text: str) -> Cleaned:
    place = Place("bus", "opinions.submitted", 0, 0)
    return Cleaned(
        place=place,
        message_id=f"m-{item}",
        item=item,
        kind=Kind.SUBMISSION,
        source="来稿",
        origin=item,
        received_at="2026-11-23T01:00:00.000000Z",
        title="",
        text=text,
        content=content_hash(None, text),
        exact=exact_hash(text),
    )


def shared_bands(a: str, b: str) -> int:
    one, other = (np.frombuffer(signature.bands, "<u4") for signature in sign([cleaned("a", a), cleaned("b", b)]))
    return int((one == other).sum())


# ---------------------------------------------------------------- what is exact, near or neither


@pytest.mark.parametrize(
    "other",
    [
        LETTER,
        LETTER.replace("，", ", ").replace("。", "\n\n"),
        LETTER.replace("三百", "三百 "),
        "　　" + LETTER.replace("。", "．"),
    ],
)
def test_a_text_that_differs_in_spaces_punctuation_and_width_alone_is_exact(other):
    assert compare(LETTER, other) == (Similarity.EXACT, 1.0)


def test_width_and_case_of_letters_and_digits_do_not_matter():
    assert compare("请公布ＡＢ１２线路的Wifi密码", "请公布ab12线路的WIFI密码") == (Similarity.EXACT, 1.0)


@pytest.mark.parametrize(
    "other",
    [
        LETTER.replace("上月一位老人", "本月初一位七旬老人").replace("每周巡查一次", "每旬巡查两次"),  # edited
        LETTER[: int(len(LETTER) * 0.7)],  # cut
        "。".join(reversed(LETTER.split("。"))),  # reordered
        "编辑同志：\n您好！" + LETTER + "\n此致\n敬礼！",  # wrapped
    ],
)
def test_an_edited_cut_reordered_or_wrapped_text_is_near(other):
    verdict = compare(LETTER, other)
    assert verdict is not None
    assert verdict[0] is Similarity.NEAR
    assert NEAR <= verdict[1] < 1


def test_a_text_inside_one_four_times_as_long_is_near_by_the_share_found():
    verdict = compare(LETTER, Writer(3).text(500) + LETTER + Writer(4).text(300))
    assert verdict is not None
    assert verdict[0] is Similarity.NEAR
    assert verdict[1] > 0.95


def test_unrelated_texts_under_one_long_letterhead_are_not_near():
    writer = Writer(7)
    for letters in (80, 100, 150, 300, 600):
        texts = [framed(writer.text(letters)) for _ in range(12)]
        assert all(compare(a, b) is None for a, b in pairwise(texts)), letters


def test_an_edited_text_under_a_letterhead_is_still_near():
    writer = Writer(8)
    for letters in (60, 150, 400):
        text = writer.text(letters)
        assert compare(framed(text), framed(writer.replaced(text, 0.15))) is not None


def test_a_short_text_contained_in_a_longer_one_is_not_near():
    assert compare("请尽快处理，谢谢。希望有关部门重视。", LETTER + "请尽快处理，谢谢。希望有关部门重视。") is None


def test_a_phrase_said_a_hundred_times_is_not_a_text_inside_another():
    assert compare("请有关部门重视，" * 100, LETTER + "请有关部门重视，") is None


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("建议在白鹭路增设路灯", "建议在青石路增设路灯", False),
        ("第3号线末班车请延长", "第5号线末班车请延长", False),
        ("小区东门路灯坏了请修理", "小区东门路灯坏了请修理谢谢", True),
        ("同意", "同意！", True),
        ("同意", "反对", False),
        ("好", "好的", False),
    ],
)
def test_very_short_texts_are_near_only_where_hardly_anything_differs(a, b, alike):
    assert (compare(a, b) is not None) is alike


@pytest.mark.parametrize("other", ["", "？！", "……", LETTER])
def test_a_text_without_letters_resembles_nothing(other):
    assert compare("？！", other) is None


@given(st.text(), st.text())
def test_comparing_is_symmetric_and_exact_means_the_same_normalised_text(a, b):
    assert compare(a, b) == compare(b, a)
    verdict = compare(a, a + "。")
    assert verdict == ((Similarity.EXACT, 1.0) if normalised(a) else None)
    if compare(a, b) == (Similarity.EXACT, 1.0):
        assert exact_hash(a) == exact_hash(b)


# ---------------------------------------------------------------- signatures


def test_a_signature_is_128_bytes_with_the_version_and_the_exact_hash():
    [signature] = sign([cleaned("a", LETTER)])
    assert (signature.item, signature.seq, signature.version) == ("a", 0, SIGNATURE_VERSION)
    assert len(signature.bands) == BANDS * 4
    assert signature.exact == exact_hash(LETTER)


def test_signatures_are_the_same_on_every_machine_until_their_version_rises():
    """Stored signatures are compared for years: whoever changes them raises SIGNATURE_VERSION and this value."""
    texts = [LETTER, "同意", "", "路灯坏了", Writer(1).text(900)]
    whole = b"".join(one.bands for one in sign([cleaned(str(at), text) for at, text in enumerate(texts)]))
    assert (SIGNATURE_VERSION, digest(whole)) == (1, "3mujnvcavcfbfpnhl4ea")


@settings(max_examples=30)
@given(st.lists(st.one_of(st.text(), st.text("路灯坏了请修理。ab１２", max_size=300)), min_size=1, max_size=8))
def test_a_signature_does_not_depend_on_its_batch(texts):
    together = sign([cleaned(str(at), text) for at, text in enumerate(texts)])
    assert together == [sign([cleaned(str(at), text)])[0] for at, text in enumerate(texts)]


def test_an_empty_batch_and_texts_without_letters_are_no_error():
    assert sign([]) == []
    assert [one.bands for one in sign([cleaned("a", ""), cleaned("b", "？\0")])] == [bytes(128)] * 2


def test_a_text_beyond_one_chunk_is_signed_whole():
    long = Writer(2).text(410_000)
    assert shared_bands(long, long[:-50_000]) >= 8
    assert shared_bands(long, long) == BANDS


EDITS = {
    # share found by B2's one-permutation hashing, 32 x 4, verified at .5
    "5 % replaced": (0.998, lambda writer, text: writer.replaced(text, 0.05)),
    "15 % replaced": (0.998, lambda writer, text: writer.replaced(text, 0.15)),
    "30 % replaced": (0.667, lambda writer, text: writer.replaced(text, 0.30)),
    "reordered": (1.0, lambda writer, text: writer.shuffled(text)),
    "wrapped": (1.0, lambda writer, text: framed(text)),
    "cut to 70 %": (0.958, lambda writer, text: text[: int(len(text) * 0.7)]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edits_are_found_by_their_bands_and_verified(edit):
    least, changed = EDITS[edit]
    writer = Writer(20)
    texts = [writer.text(300 + at * 3) for at in range(200)]
    edited = [changed(writer, text) for text in texts]
    found = [shared_bands(a, b) > 0 and compare(a, b) is not None for a, b in zip(texts, edited, strict=True)]
    assert sum(found) / len(found) >= least


# ---------------------------------------------------------------- a batch


def verified(items: list[Cleaned], candidates: list[list[str]], texts: dict[str, str]) -> list[list[Pair]]:
    return [list(one.pairs) for one in dedup(items, sign(items), candidates, texts)]


def test_candidates_become_pairs_only_when_their_texts_resemble_each_other():
    edited = LETTER.replace("每周", "每旬")
    [pairs] = verified([cleaned("m", LETTER)], [["z", "b", "x"]], {"z": LETTER, "b": edited, "x": Writer(1).text(200)})
    assert [(pair.a, pair.b, pair.kind) for pair in pairs] == [
        ("b", "m", Similarity.NEAR),
        ("m", "z", Similarity.EXACT),
    ]
    assert all(pair.by == "machine" and pair.rules == RULES_VERSION for pair in pairs)


def test_a_pair_within_a_batch_is_given_once_with_the_later_of_the_two():
    items = [cleaned("b", LETTER), cleaned("a", LETTER)]
    pair = Pair("a", "b", Similarity.EXACT, 1.0, rules=RULES_VERSION)
    for candidates in ([["a"], ["b"]], [["a"], []], [[], ["b"]]):
        assert verified(items, candidates, {"a": LETTER, "b": LETTER}) == [[], [pair]]


def test_an_item_is_never_its_own_twin_and_one_without_text_is_passed_over():
    assert verified([cleaned("a", LETTER)], [["a", "gone"]], {"a": LETTER}) == [[]]


def test_two_revisions_in_one_batch_are_compared_at_the_later_text():
    items = [cleaned("a", "旧稿：" + Writer(5).text(200)), replace(cleaned("a", LETTER), message_id="m-2")]
    texts = {"a": "旧稿", "b": LETTER}
    assert verified(items, [["b"], ["b"]], texts) == [[], [Pair("a", "b", Similarity.EXACT, 1.0, rules=RULES_VERSION)]]


def test_the_signatures_come_back_in_the_batchs_order():
    items = [cleaned("a", LETTER), cleaned("b", "同意")]
    signatures = sign(items)
    assert [one.signature for one in dedup(items, signatures, [[], []], {})] == signatures


@given(st.permutations(range(4)))
def test_the_verdicts_do_not_depend_on_the_order_of_the_batch(order):
    texts = [LETTER, LETTER.replace("每周", "每旬"), LETTER[:100], Writer(9).text(150)]
    items = [cleaned(f"i{at}", texts[at]) for at in order]
    candidates = [[other.item for other in items] for _ in items]
    pairs = [pair for one in verified(items, candidates, {}) for pair in one]
    assert {(pair.a, pair.b) for pair in pairs} == {("i0", "i1"), ("i0", "i2"), ("i1", "i2")}
