"""submission_titles: what a title of a submission looks like, and what stands above one."""

from __future__ import annotations

import re

TITLE = 60
_EXCLAIMED = 40
# Never a line with a mark of secrecy: it has to be seen where the text is judged.
_MASTHEAD = re.compile(
    r"附件\s{0,3}[0-9一二三四五六七八九十]{0,3}\s{0,3}[:：]?"
    r"|[^★☆*密\n]{0,20}社情民意(?:信息)?(?:报送|反映|征集|采集|登记|送审)?(?:表|单|稿|专报|专用稿纸|稿件)?(?:\s{0,9}(?:送审稿|印发稿))?"
    r"|[（(]?(?:[〔（(\[]?[0-9]{4}[〕）)\]]?\s?年?)?\s?第?\s?[0-9]{1,4}\s?期\s?(?:[（(]?总第?\s?[0-9]{1,5}\s?期?[)）]?)?[)）]?"
    r"|内部资料[\s,，、]{0,4}(?:注意保存|请勿外传|不得外传|妥善保管)?|[-=—_*＊.·~～]{3,}|(?:调研报告|信息专报|专报|简报|信息快报)"
    # 第0123号提案, 岚禾市政协十四届三次会议, 大会发言
    r"|(?:(?:案|提案|建议|编)号?[:：]?)?\s?(?:[〔（(\[]?[0-9]{4}[〕）)\]]?\s?年?)?第\s?[0-9]{1,5}\s?号\s?(?:提案|建议|议案)?"
    r"|[^，。：:；★☆*密\n]{0,20}[0-9一二三四五六七八九十]{1,3}届[^，。：:；★☆*密\n]{0,16}次(?:全体|常委)?(?:会议|大会)"
    r"(?:大会发言|发言|提案|建议|议案)?(?:材料|稿|表)?"
    r"|[^，。：:；★☆*密\n]{2,12}[〔\[（(][0-9]{4}[〕\]）)]\s?第?\s?[0-9]{1,5}\s?号|提案|建议案"
    r"|(?:大会|书面|口头|联组|专题)(?:交流)?发言(?:材料|稿)?(?:之?[0-9一二三四五六七八九十]{1,3})?"
    r"|[^，。：:；★☆*密\n]{0,20}(?:政协|委员|集体|人大)(?:提案|议案)(?:表|稿)?"
)
_CRUMBS = re.compile(r"\s{0,9}(?:首\s?[页頁]\s?[>›»/|]|[您你]?(?:现在的?|当前|所在)?位置\s?[:：])")
_NUMBERED = re.compile(
    r"[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十\d]{1,3}[章节条、，]"
)
_GREETING = re.compile(r".{0,20}(?:您好|你好|大家好|领导好|收到|查收|请审阅|请指正|来稿如下)[！!。,，~]{0,3}.{0,8}")
_TAG = re.compile(r"^【[^】\n]{1,12}】\s{0,3}")
SHAPE = re.compile(
    r"^关于.{2,50}(?:建议|意见|情况|报告|反映|思考|对策|问题|提案|信息|请示|调研|分析|启示|做法|函)(?:[（(].{1,10}[)）])?$"
    r"|(?:建议|对策|问题|思考|意见|困境|隐患|短板|堵点|难点)$"
    r"|(?:应|需|须|亟需|亟待|亟须|急需|值得|引起|加强|解决|重视|关注|完善|规范|破解|提升|推进|警惕|不容忽视)"
)
_UNFINISHED = re.compile(r"(?:^关于|[的和与及、，]$)")
_ENDS = "。；;，,：:"


def is_above(plain: str) -> bool:
    """Whether a line is what stands above a title: the form's name, an issue's number, a page's way, a greeting."""
    return bool(is_masthead(plain) or is_crumbs(plain) or _GREETING.fullmatch(plain) or plain[-1] in "：:")


def is_masthead(line: str) -> bool:
    """Whether a line is a form's name or an issue's number, as stands above a title."""
    return _MASTHEAD.fullmatch(line) is not None or _MASTHEAD.fullmatch("".join(line.split())) is not None


def is_crumbs(line: str) -> bool:
    """Whether a line is a copied page's way through its site: 首页>要闻."""
    return _CRUMBS.match(line) is not None


def is_form(line: str) -> bool:
    """Whether a line is a form's name or an issue's number: what stands before it is the office's."""
    return is_masthead(line) and re.search("社情民意|期", "".join(line.split())) is not None


def may_be(plain: str) -> bool:
    """Whether a line is short and open enough for a title."""
    return (
        len(plain) <= (_EXCLAIMED if plain[-1] in "！!" else TITLE)
        and plain[-1] not in _ENDS
        and "。" not in plain
        and not _NUMBERED.match(plain)
    )


def goes_on(first: str, second: str) -> bool:
    """Whether a title is set in two lines: the first is no whole title, both together are."""
    if len(first) > 32 or len(second) > 32 or not may_be(second):  # noqa: PLR2004
        return False
    whole = bool(re.search("(?:建议|问题|情况|对策|意见|思考|报告|反映|提案)$", second))
    return whole and (_UNFINISHED.search(first) is not None) and not re.search("(?:建议|问题|情况|对策|意见)$", first)


def bare(value: str) -> str:
    """A title without 《》 and a tag such as 【建言】."""
    value = " ".join(_TAG.sub("", value).split())
    return value[1:-1] if value[:1] == "《" and value[-1:] == "》" and "《" not in value[1:] else value
