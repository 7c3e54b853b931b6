"""Series and reasons as files that a site writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules.reasons import load_reasons
from pipeline.rules.series import load_series

SITE = """
version: 1
roles: {editor: 编辑, secretary: 秘书长}
series:
  - name: 岚禾信息
    masthead: {name: 岚禾信息, unit: 政协岚禾县委员会办公室}
    start: {year: 2026, number: 86, running: 1203}
    chain: [editor, secretary]
    separate: false
    proxies:
      - {role: secretary, name: 钱副, for: 赵秘书长, since: 2026-11-20, until: 2026-11-30}
"""


def written(tmp_path: Path, text: str, name: str = "series.yaml") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_what_ships_has_a_single_a_supplement_and_a_digest(tmp_path):
    found = load_series(tmp_path)
    assert {name: one.type for name, one in found.items()} == {
        "社情民意信息": "single",
        "社情民意信息增刊": "single",
        "社情民意信息摘编": "digest",
    }
    digest = found["社情民意信息摘编"]
    assert (digest.least, digest.most) == (2, 20)


def test_a_sites_file_wins_as_a_whole(tmp_path):
    found = load_series(written(tmp_path, SITE))
    assert list(found) == ["岚禾信息"]
    one = found["岚禾信息"]
    assert (one.start.number, one.approvers, one.title_of("secretary")) == (86, (), "秘书长")
    assert one.proxies[0].stands_for == "赵秘书长"


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("[editor, secretary]", "[editor, boss]", "boss"),
        ("[editor, secretary]", "[editor, editor]", "写了两次"),
        ("[editor, secretary]", "[secretary]", "chain"),
        ("year: 2026", "year: 26", "year"),
        ("name: 岚禾信息\n", "name: 岚/禾\n", "name"),
        ("separate", "seperate", "separate"),
    ],
)
def test_a_wrong_file_is_refused_with_its_field(tmp_path, wrong, right, says):
    with pytest.raises(RuleError, match=says):
        load_series(written(tmp_path, SITE.replace(wrong, right, 1)))


def test_two_series_of_one_name_are_refused(tmp_path):
    twice = SITE + SITE[SITE.index("  - name") :]
    with pytest.raises(RuleError, match="刊物名称重复：岚禾信息"):
        load_series(written(tmp_path, twice))


def test_the_masthead_has_a_version_of_what_it_prints(tmp_path):
    first = load_series(written(tmp_path, SITE))["岚禾信息"].printed_masthead()
    other = load_series(written(tmp_path, SITE.replace("委员会办公室", "委员会")))["岚禾信息"].printed_masthead()
    assert first.version != other.version
    assert first.version == load_series(written(tmp_path, SITE + "# 注\n"))["岚禾信息"].printed_masthead().version


def test_reasons_ship_and_a_site_may_have_its_own(tmp_path):
    assert "选题过大" in load_reasons(tmp_path).decline
    own = written(tmp_path, "version: 1\ndecline: [太长]\nredirect: [信访]\n", "reasons.yaml")
    assert load_reasons(own).decline == ("太长",)
