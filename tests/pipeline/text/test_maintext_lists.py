import pytest

from pipeline.text.extraction import Page, extract

WORDS = (
    "岚禾县把“十五分钟生活圈”建设作为民生实事，三年建成社区服务站点二百余个，居民步行即可买菜、看病。",
    "走进老街区，青石板路两旁的老屋修旧如旧，非遗工坊、书店、茶馆鳞次栉比，游客络绎不绝。",
    "眼下正是小龙虾上市季节，稻虾共作基地里，养殖户们凌晨三点就开始起捕、分拣、装车。",
    "从古到今，文脉绵延千年；如今，三十六家城市书房点亮夜空，成为市民的精神家园。",
)
ARTICLE = "".join(f"<p>{words}</p>" for words in WORDS)


def read(body: str) -> Page:
    found = extract(f"<html><head><title>老街的新生活_岚禾网</title></head><body>{body}</body></html>")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "item",
    [
        "<li><a href=/1>镇里办起老年学堂</a><span>2026-08-15</span></li>",
        "<li><p><a href=/1>镇里办起老年学堂</a></p><p>2026-08-15</p></li>",
        "<div><a href=/1>新学期报名时间定了</a><span>2026-08-15</span></div>",
        "<table><tr><td><a href=/1>镇里办起老年学堂</a></td><td>2026-08-15</td></tr></table>",
    ],
)
def test_the_date_beside_a_link_is_another_pages(item: str):
    own = "<h1>老街的新生活</h1><p>{}</p><div class=content>" + ARTICLE + "</div>"
    assert read(own.format("昨天 18:30") + item * 2).moment is None
    assert str(read(own.format("2026-08-20") + item * 2).moment)[:10] == "2026-08-20"


def test_a_date_beside_a_linked_source_is_the_pages():
    told = "<p>发布时间：2026-08-20 来源：<a href=/s>岚禾县融媒体中心</a></p>"
    assert str(read(f"<h1>老街的新生活</h1>{told}<div>{ARTICLE}</div>").moment)[:10] == "2026-08-20"


@pytest.mark.parametrize("end", ["<span>2026-01-11</span>", "<a href=/1>查看详情</a>"])
def test_a_list_with_abstracts_is_held_whatever_its_box_is_called(end: str):
    items = (f"<div class=item><h3><a href=/{w[:2]}>{w[2:12]}</a></h3><p>{w}</p>{end}</div>" for w in WORDS)
    assert read(f"<div class=content>{''.join(items)}</div>").confidence < 0.5


def test_an_article_with_parts_of_one_shape_is_not():
    parts = "".join(f"<section><h3>{words[2:8]}</h3><p>{words}</p></section>" for words in WORDS)
    assert read(f"<h1>老街的新生活</h1><div class=content>{parts}</div>").confidence > 0.5
    files = "".join(f"<li><a href=/{n}.docx>附件{n}：岚禾县申报表格</a></li>" for n in range(4))
    assert read(f"<h1>老街的新生活</h1><div class=content>{ARTICLE}<ul>{files}</ul></div>").confidence > 0.5
