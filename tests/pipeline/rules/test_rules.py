"""The shipped rules are sound, a site's own win, and versions follow values."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules import SHIPPED, Rules, load_rules
from pipeline.rules.check import describe
from pipeline.rules.taxonomy import Domain, Weighted

OVERLAY = """
version: 1
regions:
  - {code: "990100", name: 云漳市, short: 云漳}
  - {code: "990101", name: 岚禾县, parent: "990100"}
not_places: [岚禾路]
"""


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return load_rules(Path("no-such-folder"))


def site(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


def words(domain: Domain) -> list[str]:
    written = (*domain.keywords, *(word for topic in domain.topics for word in topic.keywords))
    return [word.word if isinstance(word, Weighted) else word for word in written]


# ------------------------------------------------------------------------------ the shipped data


def test_the_tree_has_the_eleven_domains(shipped: Rules) -> None:
    names = [domain.name for domain in shipped.taxonomy.domains]
    wanted = "经济建设 三农 政治法治 社会民生 城乡建设 生态文明 文化 公共安全 党的建设 统战政协 其他"
    assert names == wanted.split()


def test_every_domain_has_words_and_none_twice(shipped: Rules) -> None:
    for domain in shipped.taxonomy.domains[:-1]:
        found = words(domain)
        assert len(found) >= 25, domain.name
        assert len(found) == len(set(found)), domain.name
        assert all(topic.keywords for topic in domain.topics), domain.name


def test_no_word_speaks_for_two_domains(shipped: Rules) -> None:
    found = [word for domain in shipped.taxonomy.domains for word in set(words(domain))]
    assert sorted({word for word in found if found.count(word) > 1}) == []


def test_the_weights_make_a_hundred(shipped: Rules) -> None:
    assert sum(shipped.scoring.weights.model_dump().values()) == 100


def test_no_score_word_stands_twice_in_its_list(shipped: Rules) -> None:
    for group, listed in shipped.scoring.groups.items():
        assert len(listed) == len(set(listed)), group


def test_the_divisions_are_those_of_the_standard(shipped: Rules) -> None:
    levels = [division.level for division in shipped.regions.divisions.values()]
    assert (levels.count("province"), levels.count("city")) == (34, 333)
    assert levels.count("county") > 2800
    assert all(len(code) == 6 and code.isdigit() for code in shipped.regions.divisions)


def test_every_division_but_a_province_lies_in_one_that_exists(shipped: Rules) -> None:
    divisions = shipped.regions.divisions
    orphans = [each.code for each in divisions.values() if each.level != "province" and each.parent not in divisions]
    assert orphans == []


def test_a_county_under_its_province_itself_has_that_for_parent(shipped: Rules) -> None:
    assert shipped.regions.divisions["419001"].parent == "410000"


def test_no_word_that_is_no_place_hides_a_division(shipped: Rules) -> None:
    names = {name for each in shipped.regions.divisions.values() for name in (each.name, each.short)}
    assert names & set(shipped.regions.not_places) == set()


def test_logs_are_kept_six_months(shipped: Rules) -> None:
    assert shipped.retention.logs >= 184
    assert shipped.retention.web_lead_bodies == 90


# ---------------------------------------------------------------------------------- a site's own


def test_a_missing_folder_means_the_shipped_rules(shipped: Rules) -> None:
    assert shipped.version == load_rules(SHIPPED).version


def test_a_sites_file_wins_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.yaml").write_text("name: 我们的\ndomains: [{name: 一, keywords: [路灯]}]\n", encoding="utf-8")
    assert load_rules(tmp_path).taxonomy.name == "我们的"


def test_an_overlay_adds_regions_and_keeps_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "regions.yaml").write_text(OVERLAY, encoding="utf-8")
    regions = load_rules(tmp_path).regions
    assert regions.divisions["990101"].parent == "990100"
    assert regions.divisions["990100"].level == "city"
    assert regions.divisions["410000"].name == "河南省"
    assert "岚禾路" in regions.not_places


def test_an_overlay_renames_a_region(tmp_path: Path) -> None:
    (tmp_path / "regions.yaml").write_text('regions: [{code: "410100", name: 郑州新市}]', encoding="utf-8")
    rules = load_rules(tmp_path)
    assert rules.regions.divisions["410100"].name == "郑州新市"
    assert "  区划 410100 由“郑州市”改称“郑州新市”" in describe(rules)


def test_a_code_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "regions.yaml").write_text('regions: [{code: "99010", name: 云漳市}]', encoding="utf-8")
    with pytest.raises(RuleError, match=r"regions\[0\].code"):
        load_rules(tmp_path)


def test_a_region_may_not_lie_in_itself(tmp_path: Path) -> None:
    text = OVERLAY.replace("short: 云漳", 'parent: "990101"')
    (tmp_path / "regions.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"990100.*上级"):
        load_rules(tmp_path)


def test_a_parent_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "regions.yaml").write_text(
        'regions: [{code: "990101", name: 岚禾县, parent: "990100"}]', encoding="utf-8"
    )
    with pytest.raises(RuleError, match=r"990101.*上级.*990100"):
        load_rules(tmp_path)


def test_a_comment_changes_no_version_and_a_word_does(shipped: Rules, tmp_path: Path) -> None:
    commented = load_rules(site(tmp_path, "taxonomy.yaml", "version: 1", "# 注\nversion: 1"))
    assert commented.version == shipped.version
    changed = load_rules(site(tmp_path, "taxonomy.yaml", "路灯, 井盖", "路灯, 路灯杆, 井盖"))
    assert changed.version != shipped.version
    assert changed.versions["scoring"] == shipped.versions["scoring"]


def test_weights_that_make_no_hundred_are_refused_with_their_sum(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"weights.*合计应为 100，现为 105.*scoring.yaml 第 5 行"):
        load_rules(site(tmp_path, "scoring.yaml", "freshness: 20", "freshness: 25"))


def test_logs_may_not_be_kept_less_than_the_law_asks(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"logs.*不得小于 184"):
        load_rules(site(tmp_path, "retention.yaml", "logs: 184", "logs: 90"))


def test_a_threshold_in_words_is_refused_with_what_may_be_written(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"lag_minutes.*应写成整数.*watch\.yaml 第 \d+ 行"):
        load_rules(site(tmp_path, "watch.yaml", "lag_minutes: 30", "lag_minutes: 半小时"))


def test_a_changed_threshold_is_told(tmp_path: Path) -> None:
    lines = describe(load_rules(site(tmp_path, "watch.yaml", "backup_days: 7", "backup_days: 3")))
    assert any("备份（天）由 7 改为 3" in line for line in lines)


def test_a_class_named_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.yaml").write_text("name: a\ndomains: [{name: 一}, {name: 一}]\n", encoding="utf-8")
    with pytest.raises(RuleError, match="类名“一”写了两次"):
        load_rules(tmp_path)


# ---------------------------------------------------------------------------------- what differs


def test_the_shipped_rules_differ_in_nothing(shipped: Rules) -> None:
    lines = describe(shipped)
    assert all("与随程序的相同" in line for line in lines)


def test_each_difference_is_a_line(tmp_path: Path) -> None:
    site(tmp_path, "taxonomy.yaml", "路灯, 井盖", "路灯杆, 井盖")
    site(tmp_path, "retention.yaml", "web_lead_bodies: 90", "web_lead_bodies: 60")
    text = (SHIPPED / "scoring.yaml").read_text(encoding="utf-8")
    text = (
        text.replace("freshness: 20", "freshness: 15")
        .replace("origin: 5", "origin: 10")
        .replace("longest: 25", "longest: 30")
    )
    (tmp_path / "scoring.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "regions.yaml").write_text(OVERLAY, encoding="utf-8")
    lines = describe(load_rules(tmp_path))
    expected = [
        "  “城乡建设”的词增加：路灯杆",
        "  “城乡建设”的词去掉：路灯",
        "  网上线索正文由 90 天改为 60 天",
        "  时效由 20 分改为 15 分",
        "  改了取值办法：标题",
        "  增加区划 990101 岚禾县",
        "  不作地名的词增加：岚禾路",
    ]
    assert [line for line in expected if line not in lines] == []
