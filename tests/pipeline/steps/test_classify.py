"""classify: which domain a text falls to, how surely, and by which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.records.items import Classified
from pipeline.rules import load_rules
from pipeline.rules.taxonomy import Scheme
from pipeline.rules.yamlfile import parse_yaml
from pipeline.steps.classify import classify
from tests.pipeline.steps.read import cleaned

DEFAULT = load_rules(Path("no-such-folder")).taxonomy
SMALL = """
name: 小
domains:
  - name: 道路
    keywords: [路灯, 大修]
    topics: [{name: 照明, keywords: [灯杆]}, {name: 桥梁, keywords: [大桥, 桥面]}]
  - name: 银行业务
    keywords: [贷款, 存款, {word: 大桥银行, weight: 0}, {word: 利率, weight: 3}]
  - name: 其他
"""


def scheme(text: str = SMALL) -> Scheme:
    return parse_yaml(text, Scheme, "s.yaml")


def one(text: str, title: str = "", by: Scheme | None = None) -> Classified:
    return classify([cleaned(text, title)], by or scheme())[0]


@pytest.mark.parametrize(
    ("title", "domain", "topic"),
    [
        ("关于设立家庭农场粮食烘干公共服务点的建议", "三农", "粮食安全"),
        ("农村寄递“最后一公里”二次收费应引起关注", "经济建设", "商贸流通"),
        ("白鹭河柳湾段堤脚渗水须即刻排查", "公共安全", "防灾减灾"),
        ("中小制造企业“智改数转”不敢转不会转问题及建议", "经济建设", "工业制造"),
        ("老旧小区加装电梯后维保责任亟需明确", "城乡建设", "物业"),
        ("改善小学生午休条件的建议", "社会民生", "教育"),
        ("完善村级养老助餐点运营补助的建议", "社会民生", "养老托育"),
        ("规范电动自行车充电收费", "城乡建设", "交通"),
        ("发挥民主党派作用，提高参政议政水平", "统战政协", "党派"),
        ("医保异地报销手续繁琐", "社会民生", "社会保障"),
        ("乡镇污水处理厂运行经费不足", "生态文明", "水"),
        ("传统村落保护与文旅融合", "文化", "文物"),
        ("行政复议渠道不畅的问题", "政治法治", "行政执法"),
        ("加强年轻干部和党员队伍建设", "党的建设", "组织建设"),
    ],
)
def test_an_offices_titles_fall_where_a_clerk_would_put_them(title: str, domain: str, topic: str) -> None:
    found = one("", title, DEFAULT)
    assert (found.domain, found.topic) == (domain, topic)


def test_a_text_without_a_word_of_the_scheme_falls_to_the_rest_and_is_undecided() -> None:
    found = one("今天天气不错。")
    assert (found.domain, found.topic, found.confidence, found.undecided) == ("其他", None, 0.0, True)
    assert found.reasons


def test_a_scheme_without_a_rest_still_gives_a_best_guess() -> None:
    assert one("今天天气不错。", by=scheme("name: 小\ndomains: [{name: 道路}]\n")).domain == "道路"


def test_the_title_weighs_more_than_the_text() -> None:
    assert one("我有贷款。", "路灯坏了").domain == "道路"
    assert one("路灯坏了。", "贷款").domain == "银行业务"


def test_reasons_are_the_words_found_with_times_and_title() -> None:
    assert one("路灯不亮，路灯杆也歪了。大修无期。", "路灯").reasons == ("路灯×3（标题）", "大修")


def test_the_longest_word_is_the_one_found() -> None:
    assert one("大桥银行。").domain == "其他"
    assert one("大桥。").topic == "桥梁"


def test_a_weight_of_the_rules_is_heeded() -> None:
    assert one("路灯，利率").domain == "银行业务"


def test_the_names_of_classes_are_words_too() -> None:
    assert one("照明不足").topic == "照明"


def test_the_same_word_again_counts_less_and_less() -> None:
    # Nine times one word lose to four different ones.
    assert one("贷款" * 9 + "路灯、大修、灯杆、桥面、大桥").domain == "道路"


def test_a_text_of_one_domain_is_surer_than_one_of_two() -> None:
    assert one("路灯和灯杆").confidence > one("路灯和贷款").confidence
    assert one("路灯和贷款").undecided


def test_no_text_at_all_is_undecided() -> None:
    assert one("").undecided


def test_each_text_has_its_answer_in_order() -> None:
    found = classify([cleaned("路灯"), cleaned("贷款"), cleaned("")], scheme())
    assert [each.domain for each in found] == ["道路", "银行业务", "其他"]
