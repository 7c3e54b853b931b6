from __future__ import annotations

import numpy as np

from pipeline.text import characters
from pipeline.text.characters import EDGE, RARE, count, model, pack, plain_ids, shipped, unpack
from pipeline.text.oddities import look


def test_what_was_seen_is_likelier_than_what_was_not():
    own = model([count(["天气很好", "天气很热", "天气不好"] * 5)])
    assert own.costs(plain_ids("天气"))[1] < own.costs(plain_ids("天好"))[1]
    first, second = plain_ids("天"), plain_ids("气")
    seen, unseen = (float(own.after(first, second, plain_ids(char))[0]) for char in "很天")
    assert seen < unseen


def test_counts_come_back_as_they_were_packed():
    counts = count(["路灯坏了", "路灯亮了，很好"])
    again = unpack(pack(counts))
    for one, other in zip(counts.keys, again.keys, strict=True):
        assert (one == other).all()
    for one, other in zip(counts.weights, again.weights, strict=True):
        assert np.allclose(one, other, rtol=0.1)


def test_no_counts_run_over_two_texts():
    keys = count(["甲乙", "丙丁"]).keys[1]
    pairs = {(int(key) >> characters.BITS, int(key) & ((1 << characters.BITS) - 1)) for key in keys}
    ends, starts = plain_ids("乙")[0], plain_ids("丙")[0]
    assert (ends, starts) not in pairs
    assert (EDGE, EDGE) not in pairs


def test_a_traditional_character_counts_as_its_simplified_one_when_asked():
    assert plain_ids("協") == [RARE]
    assert plain_ids("協", folded=True) == plain_ids("协")


def test_a_text_s_own_words_are_likelier_beside_it():
    text = plain_ids("魑魅小区的魑魅路")
    near = shipped().beside(text)
    first, second, third = (plain_ids(char) for char in "的魑魅")
    assert near.after(first, second, third) < shipped().after(first, second, third)


def test_a_clean_text_has_nothing_odd_and_a_torn_one_has():
    assert not len(look("希望有关部门尽快安排人员维修路灯。", shipped()).odd)
    assert len(look("鐢ㄩ旓細鐢ㄧ數鑴戞憚", shipped()).odd)
    assert not len(look("", shipped()).odd)
