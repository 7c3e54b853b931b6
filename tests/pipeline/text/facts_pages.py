"""The parts that made-up pages with facts are put together of, and how their facts are read."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.text import facts, markup
from pipeline.text.facts import Facts

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
TITLE = "岚禾县完善村级养老助餐点运营补助"
BODY = "".join(
    f"<p>　　{paragraph}</p>"
    for paragraph in (
        "岚禾县近年来新建了一批村级养老助餐点，受到老年人的欢迎，但运营补助标准偏低。2019年5月1日，县里出台了办法。",
        "一是补助按床位计算，与实际就餐人数脱节；二是食材价格上涨，站点只能靠减少菜品维持，资金来源：财政拨款。",
        "记者从县民政局获悉，明年将按就餐人次核定补助，由乡镇按月核实。",
    )
)
MENU = (
    "<ul>"
    + "".join(f"<li><a href='/{word}'>{word}</a></li>" for word in ("首页", "要闻", "政务公开", "专题"))
    + "</ul>"
)
ASIDE = (
    "<div class='side'><h3>最新动态</h3><ul>"
    + "".join(
        f"<li><a href='/{n}'>另一篇关于岚禾的消息{n}</a><span>2026-10-{n + 10} 08:0{n}</span></li>" for n in range(6)
    )
    + "</ul></div>"
)
FOOTER = "<div>主办：岚禾县人民政府办公室　版权所有 © 2010-2026　备案号：某ICP备05000000号</div>"
H1 = f"<h1>{TITLE}</h1>"


def read(body: str, head: str = f"<title>{TITLE}_岚禾县人民政府</title>", url: str | None = None) -> Facts:
    page = f"<html><head>{head}</head><body>{MENU}{body}{ASIDE}{FOOTER}</body></html>"
    tree = markup.parse(page)
    assert tree is not None
    return facts.read(tree, markup.metas(tree), tuple(markup.lines(tree)), UNTIL, url)


def told(found: Facts) -> tuple[str | None, str | None, str | None, str | None]:
    moment = found.moment and f"{found.moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return found.title, moment, found.author, found.source


def box(*lines: str) -> str:
    return "".join(f"<div>{line}</div>" for line in lines)
