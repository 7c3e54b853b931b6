"""Bulletins to render: made up, with every part that paper knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pipeline.records.bulletins import Article, Bulletin, Foot, Masthead

TEXT = """当前，山区乡镇晾晒场地不足的问题较为突出，应引起重视。
一、主要问题
（一）场地不足。全县现有晾晒场地仅能满足高峰期需求的三成左右。
二、对策建议
1．以乡镇为单位设立公共服务点。由县农业农村局牵头。
（1）给予购置补贴。"""
ARTICLE = Article("i1", "关于设立粮食烘干公共服务点的建议", TEXT, "县政协委员、某家庭农场负责人")
ISSUED = Bulletin(
    id="b1",
    series="main",
    type="single",
    masthead=Masthead("社情民意信息", "政协岚禾县委员会办公室"),
    articles=(ARTICLE,),
    foot=Foot("市政协办公室", "县委办公室", "各乡镇", "责编甲", "核稿乙", "签发丙", "0990-0000000", 60),
    title=ARTICLE.title,
    number=86,
    running=1203,
    year=2026,
    issued_on=date(2026, 11, 3),
)
DRAFT = replace(ISSUED, number=None, running=None, year=None, issued_on=None)
DIGEST = replace(
    ISSUED,
    type="digest",
    title="民生信息摘编",
    note="请有关部门研究。",
    articles=(ARTICLE, replace(ARTICLE, item="i2", title="完善村级养老助餐点运营补助的建议", reported_by=None)),
)
