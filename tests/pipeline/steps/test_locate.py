"""locate: which places a text names, where, and which it only seems to name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.records.items import Region
from pipeline.rules import load_rules
from pipeline.rules.regions import Regions, load_regions
from pipeline.steps.locate import locate
from tests.pipeline.steps.read import cleaned

REGIONS = load_rules(Path("no-such-folder")).regions


def found(text: str, title: str = "", region: str | None = None, by: Regions = REGIONS) -> tuple[Region, ...]:
    return locate([cleaned(text, title, region=region)], by)[0]


def codes(text: str, title: str = "", region: str | None = None) -> list[str | None]:
    return [each.code for each in found(text, title, region) if each.role == "event"]


def test_a_chain_of_full_names_gives_each_place() -> None:
    assert [(each.name, each.code, each.level, each.at) for each in found("在河南省郑州市金水区调研")] == [
        ("河南省", "410000", "province", 1),
        ("郑州市", "410100", "city", 4),
        ("金水区", "410105", "county", 7),
    ]


def test_short_names_of_provinces_and_cities_are_known() -> None:
    assert codes("河南和内蒙古两地，郑州、恩施、延边") == ["410000", "150000", "410100", "422800", "222400"]


def test_a_well_known_county_goes_by_its_short_name() -> None:
    assert codes("昆山、义乌、兰考的做法") == ["320583", "330782", "410225"]


def test_chaoyang_district_after_beijing_is_beijings() -> None:
    assert codes("北京天气转凉。朝阳区供暖提前。") == ["110000", "110105"]


def test_chaoyang_district_after_changchun_is_changchuns() -> None:
    assert codes("长春市南关区和朝阳区") == ["220100", "220102", "220104"]


def test_chaoyang_district_alone_keeps_its_candidates_and_no_code() -> None:
    [only] = found("朝阳区的路灯")
    assert (only.code, only.name, only.candidates) == (None, "朝阳区", ("110105", "220104"))


def test_the_sources_own_region_settles_an_open_name() -> None:
    assert codes("朝阳区的路灯", region="220100") == ["220104"]


def test_the_nearest_place_named_before_settles_it() -> None:
    assert codes("南京和福州都有鼓楼区，福州市鼓楼区人多")[-1] == "350102"
    assert codes("先到福州，后到南京，看了鼓楼区") == ["350100", "320100", "320106"]


def test_the_source_is_named_last_and_has_no_offset() -> None:
    assert found("郑州下雨", region="410000")[-1] == Region("410000", "河南省", "province", "source")


def test_a_source_outside_the_table_keeps_its_code() -> None:
    assert found("", region="980100") == (Region("980100", "980100", "city", "source"),)


def test_a_place_in_the_title_alone_has_no_offset_and_one_in_the_text_has() -> None:
    assert found("今年雨多", "郑州防汛")[0].at is None
    assert found("今年郑州雨多", "郑州防汛")[0].at == 2


def test_offsets_are_code_points_even_behind_rare_characters() -> None:
    text = "𠮷😀在郑州"
    assert text[found(text)[0].at :] == "郑州"


def test_a_place_is_given_once() -> None:
    assert codes("郑州、郑州市、郑州") == ["410100"]


@pytest.mark.parametrize(
    "text",
    [
        "南京路步行街",
        "北京东路堵车",
        "中山路口",
        "上海西路",
        "东方市场摊位",
        "雄安新区建设",
        "北京时间八点",
        "上海大众车主",
        "大理石台阶",
        "哈密瓜滞销",
        "维护社会长治久安",
        "日照时间不足",
        "没有开封的食品",
        "黄河南岸",
        "推广东部经验",
        "隆重庆祝",
        "确保定期巡查",
        "出海口淤塞",
        "创新县域经济",
        "建设示范县",
        "促进和县级医院合作",
        "老城区改造",
        "新乡贤回村",
        "弘扬中华文化",
        "巩固安全成果",
        "维修水管",
        "由于都已完工",
        "县内乡镇",
    ],
)
def test_what_only_looks_like_a_place_is_none(text: str) -> None:
    assert found(text) == ()


def test_a_street_corner_in_a_city_is_still_that_city() -> None:
    assert codes("郑州街头、郑州路灯") == ["410100"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("河南开封", "410200"),
        ("山东省日照", "371100"),
        ("广东中山", "442000"),
        ("河南范县", "410926"),
        ("洛阳市老城区", "410302"),
    ],
)
def test_an_ordinary_word_is_a_place_straight_behind_its_province_or_city(text: str, code: str) -> None:
    assert codes(text)[-1] == code


def test_a_county_of_two_characters_counts_behind_a_stop() -> None:
    assert codes("，赵县的梨") == ["130133"]
    assert codes("我家在赵县") == []


def test_anxin_county_is_not_xiongan() -> None:
    assert codes("雄安新区与安新县") == ["130632"]


def test_municipal_counties_and_those_under_a_province_are_known() -> None:
    assert codes("浦东新区、济源市、石河子市") == ["310115", "419001", "659001"]


def test_an_overlays_county_is_found_and_lies_in_its_city(tmp_path: Path) -> None:
    overlay = tmp_path / "regions.yaml"
    overlay.write_text(
        "regions:\n"
        '  - {code: "990100", name: 云漳市, short: 云漳}\n'
        '  - {code: "990101", name: 岚禾县, short: 岚禾, before: short}\n',
        encoding="utf-8",
    )
    mine = load_regions(overlay)
    assert [each.code for each in found("云漳市岚禾县白鹭河", by=mine)] == ["990100", "990101"]
    assert [each.code for each in found("云漳岚禾", by=mine)] == ["990100", "990101"]
    assert found("岚禾", by=mine) == ()


def test_no_text_names_no_place() -> None:
    assert locate([cleaned(""), cleaned("郑州")], REGIONS)[0] == ()
