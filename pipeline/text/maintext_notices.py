"""Pages that say something of themselves instead of an article: errors, logins, verifications, what is for members.

    notice(text, headings) -> bool

Only what is short and begins so is one: an article about such pages tells of them further on, or at length. Every
repeat is bounded; never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST, _LONGEST_ENTITLED = 300, 600  # characters of a notice, and of one whose heading says what it is
_BEGINNING, _SENTENCES = 240, 3  # characters and sentences that are looked at
_ENDS = re.compile(r"[。！？!?\n]+")
_QUOTED = re.compile("[“「][^”」\n]{0,80}[”」]")
_ENTITLED = re.compile(
    r"\s{0,3}(?:(?:40[0-9]|50[0-4])(?:\s{0,3}[-—–_|:：]|\s{0,3}(?:错误|页面(?:未找到|不存在|找不到|没有找到|出错|$)|出错|not\s?found|error|forbidden)|\s{0,3}$)"
    r"|(?:系统提示|提示信息|信息提示|(?:用户|会员|账号|统一)?登[录陆]|(?:安全|访问|人机|身份)验证|出错(?:了|啦)|页面(?:不存在|未找到|找不到|出错)"
    r"|(?:访问|请求)(?:被拒绝|被拦截|受限|出错))(?:页面?)?\s{0,3}(?:[-—–_|!！].{0,60})?$)",
    re.IGNORECASE,
)
_THING = "(?:页面|网页|页|内容|信息|文章|文件|栏目|地址|链接|资源|网址|帖子|主题|网站)"
_GONE = (
    "(?:不存在|(?:暂时)?(?:无法|不能)(?:找到|访问|显示|打开|查看)|找不到|未找到|没有找到"
    "|(?:已|被)[^。！？，]{0,8}(?:删除|撤销|撤回|移除|移走|下架|下线|屏蔽|失效))"
)
_SPEAKS = re.compile(
    rf"(?:访问|查看|浏览|请求|打开|查找)的{_THING}[^。！？]{{0,10}}{_GONE}|^\W{{0,3}}[该此本]{_THING}[^。！？]{{0,6}}{_GONE}"
    r"|请(?:您?先|您)?登[录陆](?:账号|帐号|系统)?(?=[后或并，。,！!\s]|$|.{0,8}(?:阅读|查看|浏览)(?:全文|全部|更多|剩余|完整))"
    r"|(?:尚未|还没有?|没有|未)登[录陆]|登[录陆](?:后|才)[^。！？，]{0,4}(?:阅读|查看|浏览)|会员(?:专享|专属)"
    r"|(?:开通|成为|仅限).{0,4}(?:会员|VIP).{0,8}(?:阅读|查看|浏览)"
    r"|您(?:还|暂)?(?:没有|无|无权).{0,6}(?:权限|查看|访问|浏览)|权限不足|没有权限(?:查看|访问|浏览|阅读)"
    r"|完成(?:下方|以下|安全|人机|滑块|图形)?的?验证(?=[后，。！]|$)|(?:您的|您)?(?:访问|请求|操作)(?:过于|太)频繁|请输入.{0,6}验证码|(?:按住|拖动).{0,4}滑块"
    r"|[0-9一二三五十]{1,2}\s?秒钟?(?:后|内|之后)?将?(?:自动)?(?:跳转|返回|转到|转入)|(?:页面|浏览器)(?:将|会|没有)?.{0,6}自动(?:跳转|返回)"
    r"|系统(?:繁忙|异常|错误)[，,].{0,6}(?:请|稍)|(?:启用|开启|打开)\s?javascript|您的浏览器(?:版本过低|不支持)|服务器(?:内部)?错误",
    re.IGNORECASE,
)

_TELLER = re.compile("我(?!们?[网站局])|记者|群众|市民|居民|网友|村民|反映")  # before it: somebody tells of such a page


def notice(text: str, headings: Sequence[str]) -> bool:
    """Whether a text, under the page's title and headings, is a notice about the page or to its reader."""
    if len(text) <= _LONGEST and any(map(_of_itself, _sentences(text))):
        return True
    return len(text) <= _LONGEST_ENTITLED and any(map(_ENTITLED.match, headings))


def _of_itself(sentence: str) -> bool:
    found = _SPEAKS.search(sentence)
    return found is not None and not _TELLER.search(sentence, 0, found.start())


def _sentences(text: str) -> list[str]:
    """The first ones, without what they quote."""
    plain = _QUOTED.sub("", text[:_BEGINNING])
    return [one for one in _ENDS.split(plain) if one.strip()][:_SENTENCES]
