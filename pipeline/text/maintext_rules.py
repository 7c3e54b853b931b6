"""What Chinese sites call the parts of a page, and what they write around an article: the rules of the main text.

Names are looked for in class and id, lower case; phrases at the start of a line. Every repeat is bounded.
"""

from __future__ import annotations

import re
from functools import lru_cache

CONTENT, PLAIN, ASIDE, FIRM = 1, 0, -1, -2  # FIRM: aside, though it may hold more text than the article

# Editors of government sites (TRS, UCAP, 南京大汉 jpage, 博达 vsb) and the words designers take for the article.
_CONTENT = re.compile(
    r"trs_|ucap|zoom|vsb_content|v_news_content|xl_?content|artic(?:le|al)(?![-_]?(?:list|s\b|nav|side|foot|bottom))"
    r"|arti(?:body|-?content)|(?:^|[\s_-])(?:con|cont|content|contents|text|txt|body|main|detail|details|entry|post"
    r"|view|read|nr|zw|wz|neirong|zhengwen|newscon|rich[-_]?text|rich_media_content)(?:$|[\s_-])"
    r"|(?:news|detail|page|main|art|end|doc|post|entry|arc|article|wen|view|info|blog|text|pages)[-_]?(?:con|content|text"
    r"|txt|body|detail|zw|nr)\d?(?:$|[\s_-])|content\d?$|js_content|rwb_zw|xilan"
)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|menu|menus|foot|footer|footers|header|topbar|sidebar|aside|crumb|crumbs|bread|position"
    r"|location|path|weizhi|dqwz|share|bdshare|bdsharebuttonbox|relate|related|relation|xgyd|xgxw|recommend|tuijian|hot|rank"
    r"|ranking|paihang|comment|comments|pinglun|cmt|reply|copyright|copy|login|search|sousuo|tag|tags|keyword|keywords|tool"
    r"|tools|toolbar|print|qrcode|qr|ewm|erweima|wechat|ad|ads|adv|advert|gg|guanggao|popup|pop|dialog|modal|tip|tips|links?"
    r"|friendlink|pager|pages?_?nav|pagination|turnpage|author[-_]?(?:info|card)|subscribe|feedback|prev|next|sxp|siblings"
    r"|meta|source|statement|disclaimer|shengming|declare|download|promo|banner|slider|swiper)\d{0,2}(?:$|[\s_-])"
    r"|(?:^|\s)(?:right|left|side|top|head|bottom)(?:[-_]?(?:bar|side|nav|list|box|menu))?\d{0,2}(?:$|\s)"
    r"|breadcrumb|footer|sidebar|related|recommend|share|copyright|comment|header(?!line)|navbar|crumbs|pinglun|tuijian"
    r"|hotnews|mobile[-_]nav"
)

# Lines that a site sets around an article, as their beginnings. Facts of it: also an article's own, within it.
FACT = re.compile(
    r"[\s【\[（(<《]{0,3}(?:当前位置|您?(?:现在)?(?:的|所在的?)?位置\s?[:：]|首\s?页\s?[>›»/|]"
    r"|(?:信息|文章|稿件|新闻|内容)?来\s{0,4}源\s?[:：]"
    r"|(?:发布|更新|发表|成文|公开|生成|刊发|制发|印发|写作|录入|添加|提交|时|日)\s?(?:时间|日期|机构|单位|人|间|期|于)\s?[:：]"
    r"|(?:作\s{0,4}者|撰稿|供稿|编\s{0,4}辑|审核|校对|签发|[初复终]审|[一二三]审|录入|编审|监制|发布者|发布人)\s?[:：]"
    r"|索\s{0,4}引\s{0,4}号|信息索引|主题分类|发文机关|成文日期|发文字号|文\s{0,4}号\s?[:：]|主\s?题\s?词\s?[:：]|体裁分类|信息分类"
    r"|有\s?效\s?性|公开方式|公开范围|(?:责任编辑|责编|标签|关键字|关键词|文章关键词)\s?[:：])"
)
# Its tools and counters.
WIDGET = re.compile(
    r"[\s【\[（(<《]{0,3}(?:(?:浏览|点击|阅读|访问|人气|查看)(?:次数|量|数|率)?\s?[:：]?\s?[\[【(（\d]"
    r"|(?:浏览|点击|阅读|访问)(?:次数|量|数)|字\s?[号体]\s?[:：\[【(（]|字体大小|(?:缩小|放大)字体"
    r"|[大中小]\s{1,3}[大中小]\s{1,3}[大中小]|分享让更多人看到|分享(?:到|至|本文|让更多)?\s?[:：]?(?:$|\s|微|Q|扫)|扫[一描]?[一码扫]"
    r"|微信扫|用微信|打印(?:$|[本此\s】|])|收藏(?:$|[本此\s】|])|关闭(?:$|[本此窗\s】|])|纠错|我要(?:反馈|纠错|评论|分享|投稿)"
    r"|\d{1,7}\s?(?:人参与|条评论|评论|阅读|次$)|人参与|关注(?:我们|微信|公众号)|听新闻|语音播[报放]|视力保护|无障碍"
    r"|繁體|简体$|朗读$|已收藏|保存$|T\s?\+|图集$|\+\d{1,3}$|返回.{1,10}首页.{0,3}$|您的浏览器.{0,6}(?:无法|不支持)播放)"
)
# The time of a meeting, whose place or matter the next line tells: the article's own.
EVENT_TIME = re.compile(r"(?:会议|活动|听证|报名)?(?:时\s{0,4}间|日\s{0,4}期)\s?[:：]")
EVENT_PLACE = re.compile(
    r"(?:会议|活动|听证|举办|报名)?(?:地\s{0,4}[点址]|事\s{0,4}由|对\s{0,4}象|议\s{0,4}[题程]|主\s{0,4}题|内\s{0,4}容|参加人员|主持人?)\s?[:：]"
)
EDITOR = re.compile(r"[\s【\[（(]{0,3}(?:责\s?任\s?编\s?辑|责\s?编|编\s{0,2}辑|(?:本期|实习)?编辑)\s?[:：]?")
_FIRM = re.compile(r"comment|pinglun|(?:^|[\s_-])(?:cmt|reply|foot)|relate|recommend|tuijian|hidden!")
# What begins after an article's end.
STOP = re.compile(
    r"[\s【\[（(◆■●•▶>]{0,4}(?:相关(?:阅读|新闻|链接|文章|推荐|报道|稿件|专题|信息|文档|文件|解读|资讯|内容|搜索|附件下载"
    r"|政策|热词|产品|标签|话题)|推荐(?:阅读|新闻|文章|信息|资讯|专题|视频)|延伸阅读|扩展阅读|精彩推荐|编辑推荐"
    r"|热门(?:推荐|文章|新闻|标签|评论|资讯|话题|阅读|$)|热点(?:推荐|新闻|专题|图片|$)|猜你喜欢|为[您你]推荐|大家都在[看搜]"
    r"|大家还在看|更多(?:精彩|新闻|文章|阅读|资讯|内容|推荐|猛料)?(?:$|[>》:：…!！])|(?:阅读)?[上下]一?[篇条页则]|上一?[篇条]"
    r"|[前后]一篇|版权(?:声明|所有|说明)|免责声明|法律声明|特别声明|郑重声明|网友评论|最新评论|全部评论|发表评论|我来说两句"
    r"|评论区|用户评论|文章评论|往期(?:回顾|精选|推荐)|最新(?:文章|新闻|资讯|信息)|图片新闻|专题(?:推荐|报道)?$|排行榜?$"
    r"|(?:点击|新闻|阅读|本月|一周)排行|返回(?:顶部|首页|列表|上页)|凡本[网站]|扫码|长按|加载更多|点击(?:加载|查看)更多"
    r"|查看(?:更多|全部|原文)|深度观察$|相关$|本文(?:来自|来源|转自|转载自)?[:：]?.{0,20}(?:转载请|责任编辑)"
    r"|原文链接|阅读原文|打开APP|下载(?:APP|客户端)|举报$|点赞|推荐\s?\d{0,5}$|正文已结束)",
    re.IGNORECASE,
)
# A site's foot.
FOOT = re.compile(
    r"[\s【\[（(]{0,3}(?:友情链接|网站地图|网站声明|关于我们|联系我们|主办单位|主办[:：]|承办[:：]|承办单位|地址[:：].{0,40}(?:邮编|电话)"
    r"|(?:政府)?网站标识码|[^\s]{0,2}ICP[备证]|[^\s]{0,3}公网安备|copyright|©|技术支持[:：]|建议使用|本站(?:由|所有)"
    r"|违法和不良信息|关注.{0,12}(?:公众号|微信)|声明[:：])",
    re.IGNORECASE,
)
DATE = re.compile(
    r"[\s(（\[【]{0,3}(?:19|20)\d\d\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d\s?日?(?:\s{0,4}[(（]?(?:星期|周)[一二三四五六日天][)）]?)?"
    r"(?:[\sT]{0,4}\d?\d[:：]\d\d(?:[:：]\d\d)?)?"
)
ATTACHMENT = re.compile(r"[\s【\[（(]{0,3}附\s{0,3}[件表图录]")
CRUMB = re.compile(r"[^\s]{1,12}\s{0,2}(?:>{1,2}|›|»|→)\s{0,2}[^\s]{1,12}")
# Behind a date: the line that tells about the page.
_TOLD = re.compile(
    DATE.pattern
    + r"[\s|｜·]{0,6}(?:(?:信息|文章|稿件|新闻)?(?:来\s?源|稿\s?源|出处)|作\s?者|编\s?辑|责\s?编|记\s?者|浏览|点击|阅读"
    r"|访问|评论|字\s?[号体]|分享|打印)"
)
_BY = re.compile(r"(?:文\s?[/／|｜]|(?:发表|发布)于[\s:：]{0,2}(?:19|20)\d\d|(?:19|20)\d\d.{0,20}发布$)")
# What ends as a sentence is one, but for what sites say of themselves.
_SENTENCE = re.compile(r".{10,}[。！？…”]$")
_OF_THE_SITE = re.compile(
    r"[\s【\[（(◆■●▎]{0,4}(?:版权|免责|法律声明|特别声明|郑重声明|声明|凡本[网站]|本站|本网|本文(?:来自|来源|转自|转载)|copyright|©|建议使用"
    r"|扫[一描]|扫码(?:关注|阅读|下载|分享)|长按|微信扫|用微信|关注(?:我们|微信|公众号)|打开APP|下载(?:APP|客户端)|违法和不良|更多|点击|欢迎)",
    re.IGNORECASE,
)
LONGEST_FURNITURE = 120  # characters; a longer line is a paragraph whatever it begins with
NONE, A_FACT, A_WIDGET, A_STOP, A_FOOT = range(5)


def furniture(text: str) -> int:
    """What a line is of all that, by its beginning; NONE for a line of the text."""
    if len(text) > LONGEST_FURNITURE or (_SENTENCE.match(text) and not _OF_THE_SITE.match(text)):
        return NONE
    if STOP.match(text):
        return A_STOP
    if FOOT.match(text):
        return A_FOOT
    if WIDGET.match(text) or CRUMB.match(text):
        return A_WIDGET
    return A_FACT if FACT.match(text) or _TOLD.match(text) or _BY.match(text) else NONE


@lru_cache(maxsize=4096)
def named(name: str) -> int:
    """What a class and id say of an element: CONTENT, PLAIN, ASIDE or FIRM."""
    if _FIRM.search(name):
        return FIRM
    if _ASIDE.search(name):
        return ASIDE
    return CONTENT if _CONTENT.search(name) else PLAIN
