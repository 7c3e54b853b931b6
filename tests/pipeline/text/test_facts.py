"""Pages in the shapes of the common editors and portals, with made-up contents."""

from __future__ import annotations

import pytest

from tests.pipeline.text.facts_pages import BODY, H1, TITLE, box, read, told

# Name: (what stands before the text, behind it, title, moment, author, source).
SHAPES: dict[str, tuple[str, str, str | None, str | None, str | None]] = {
    "spans in one line": (
        H1 + "<span>发布时间：2024-01-05 10:20</span><span>来源：岚禾日报</span><span>作者：王小明</span>"
        "<span>浏览次数：3</span>",
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾日报",
    ),
    "a layout table without headings": (
        (
            f"<table><tr><td class='title12'>{TITLE}</td></tr>"
            "<tr><td>发布日期：2024-01-05 | 来源：县民政局 | 字号：[大 中 小]</td></tr></table>"
        ),
        "",
        "2024-01-05",
        None,
        "县民政局",
    ),
    "bold text in a cell for a title": (
        (
            f"<table><tr><td><strong><font size=5>{TITLE}</font></strong></td></tr>"
            "<tr><td>[ 2024/1/5 9:05:00 ]　稿源：岚禾发布　[字体：大 中 小]</td></tr></table>"
        ),
        "",
        "2024-01-05 09:05",
        None,
        "岚禾发布",
    ),
    "a table of an official document": (
        (
            "<table><tr><td>索 引 号：</td><td>K001-2024-0001</td><td>主题分类：</td><td>民政</td></tr>"
            "<tr><td>发文机关：</td><td>岚禾县民政局</td><td>成文日期：</td><td>2024年01月03日</td></tr>"
            f"<tr><td>标　　题：</td><td>{TITLE}</td><td>发文字号：</td><td>岚民发〔2024〕1号</td></tr>"
            "<tr><td>发布日期：</td><td>2024年01月05日</td><td>有 效 性：</td><td>有效</td></tr></table>"
        ),
        "",
        "2024-01-05",
        None,
        "岚禾县民政局",
    ),
    "a title over two lines, signed in Chinese numerals": (
        box(TITLE[:8], TITLE[8:]),
        box("岚禾县民政局", "二〇二四年一月五日"),
        "2024-01-05",
        None,
        None,
    ),
    "label and value in lines of their own": (
        f"<h2>{TITLE}</h2>"
        + box("来源：", "岚禾新闻网", "发布时间：", "2024年1月5日 10:20", "作者：", "王小明 李大海"),
        "",
        "2024-01-05 10:20",
        "王小明、李大海",
        "岚禾新闻网",
    ),
    "a date torn over elements": (
        f"<div><b>2024</b> <b>01</b>/<b>05</b> <b>10:20:30</b> 来源：岚禾网</div>{H1}",
        "",
        "2024-01-05 10:20",
        None,
        "岚禾网",
    ),
    "the medium without a label beside the date": (
        H1 + box("2024年01月05日 10:20 <a href='/'>岚禾晚报</a>", "缩小字体"),
        "",
        "2024-01-05 10:20",
        None,
        "岚禾晚报",
    ),
    "a byline of reporters and a photographer": (
        H1 + box("2024-01-05 10:20:11 来源：岚禾新闻网", "岚禾日报记者 王小明 通讯员 李大海"),
        box("岚禾日报记者 赵一 摄"),
        "2024-01-05 10:20",
        "王小明、李大海",
        "岚禾新闻网",
    ),
    "a medium and a reporter in elements of the line of the date": (
        H1 + box("2024-01-05 10:20 岚禾网 记者 王小明"),
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾网",
    ),
    "a medium before a time that names no day": (
        H1 + box("岚禾发布 3小时前 阅读 1.2万"),
        "",
        None,
        None,
        "岚禾发布",
    ),
    "a medium behind a moment with an offset": (
        H1 + box("2024-01-05T09:12:33.000+0800 岚禾发布"),
        "",
        "2024-01-05 09:12",
        None,
        "岚禾发布",
    ),
    "a medium behind a bar": (H1 + box("2024-01-05 09:12 | 岚禾发布"), "", "2024-01-05 09:12", None, "岚禾发布"),
    "who submitted it": (H1 + box("由 王小明 提交于 周三, 01/25/2024 - 14:05"), "", "2024-01-25 14:05", "王小明", None),
    "in English": (
        H1 + box("By Wang Xiaoming | Lanhe Daily | Updated: 05 Jan 2024 09:12", "Source: Lanhe Daily"),
        "",
        "2024-01-05 09:12",
        "Wang Xiaoming",
        "Lanhe Daily",
    ),
    "who wrote and who pictured it, with bars": (
        H1 + box("文 | 本刊记者 王小明　摄影 | 李木", "2024-01-05　12:47"),
        "",
        "2024-01-05 12:47",
        "王小明",
        None,
    ),
    "a dateline": (
        H1 + box("2024-01-05 来源：岚禾政协网", "岚禾政协网1月5日电（记者 王小明 通讯员 李大海）县里召开会议。"),
        "",
        "2024-01-05",
        "王小明、李大海",
        "岚禾政协网",
    ),
    "文/ at the end, and an editor who is no author": (
        H1 + box("2024-01-05 10:20"),
        box("文/岚禾晚报记者王小明", "责任编辑：李大海"),
        "2024-01-05 10:20",
        "王小明",
        None,
    ),
    "a medium before the author's name": (
        H1 + box("2024-01-05 10:20　作者：岚禾日报记者 王小明"),
        "",
        "2024-01-05 10:20",
        "王小明",
        None,
    ),
    "no blanks between label and next label": (
        H1 + box("作者：王小明来源：岚禾日报发布时间：2024-01-05 10:20浏览：5次"),
        "",
        "2024-01-05 10:20",
        "王小明",
        "岚禾日报",
    ),
    "a year of two digits and full-width figures": (
        H1 + box("日期：24-01-05　点击：５５次"),
        "",
        "2024-01-05",
        None,
        None,
    ),
    "published and updated": (
        H1 + box("更新时间：2024-02-01 09:00", "发布时间：2024-01-05 10:20"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "today above the menu": (
        f"<div>今天是2026年11月22日 星期日</div>{H1}<div class=tit2>2024-01-05</div>",
        "",
        "2024-01-05",
        None,
        None,
    ),
    "a logo for a first heading, breadcrumbs with the title": (
        f"<h1><a href='/'>岚禾县人民政府</a></h1><div>当前位置：首页 > 要闻 > {TITLE}</div><h3>{TITLE}</h3>"
        + box("发布人：管理员　发布时间：2024年01月05日　作者：　点击：3"),
        "",
        "2024-01-05",
        None,
        None,
    ),
    "the column for a first heading": (
        f"<h1>岚禾县人民政府</h1><h2>要闻</h2><p>{TITLE}</p>" + box("2024-01-05 10:20"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a heading that holds the date": (
        f"<h1>{TITLE}<small>2024-01-05 10:20 来源：岚禾网</small></h1>",
        "",
        "2024-01-05 10:20",
        None,
        "岚禾网",
    ),
    "the time of a meeting": (
        H1 + box("2024-01-05 10:20", "各委员：", "时间：2024年3月10日 9:00", "地点：县政协"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "the source of a picture": (
        H1 + box("2024-01-05 10:20", "图片来源：视觉岚禾"),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a post of a message board": (
        H1 + box("<a href='/u'>岚禾市民</a>", "发表于 2024-1-5 10:20:30 | 只看该作者"),
        box("发表于 2024-1-6 11:00:00"),
        "2024-01-05 10:20",
        None,
        None,
    ),
    "a letter with its answer": (
        (
            f"<h2>{TITLE}</h2><table><tr><td>来信时间</td><td>2024-01-05 10:20</td><td>回复时间</td>"
            "<td>2024-01-09 08:00</td></tr><tr><td>回复单位</td><td>县民政局</td></tr></table>"
        ),
        "",
        "2024-01-05 10:20",
        None,
        None,
    ),
    "traditional characters": (
        H1 + box("發佈時間：2024-01-05　來源：嵐禾日報　記者：趙小明"),
        "",
        "2024-01-05",
        "趙小明",
        "嵐禾日報",
    ),
    "an offset of another place": (
        H1 + box("2024年1月5日, 格林尼治标准时间02:20"),
        "",
        "2024-01-05 02:20",
        None,
        None,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_facts_are_read_from_pages_of_many_shapes(shape: str):
    before, behind, *expected = SHAPES[shape]
    assert told(read(f"{before}{BODY}{behind}")) == (TITLE, *expected)


def test_origins_say_who_agrees():
    found = read(
        SHAPES["spans in one line"][0], f"<title>{TITLE}_岚禾网</title><meta name='ArticleTitle' content='{TITLE}'>"
    )
    assert found.origins["title"] == ("heading", "line", "meta", "page title")
    assert found.origins["moment"] == ("line",)
