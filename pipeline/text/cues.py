"""Words beside which personal data stands, found in one pass over a text.

find(text) -> list[Cue]        in order, the longest at a place, without overlap; linear time
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

Kind = Literal[
    "role", "calling", "announcing", "form", "plain", "signed", "identified",
    "wechat", "qq", "chat", "passport", "permit", "plate", "living", "placed", "room",
]  # fmt: skip


class Cue(NamedTuple):
    """A word at [start, end) of the text, and what it announces."""

    kind: Kind
    start: int
    end: int


# Before a name a colon, 是 or a bracket stands; behind a role, 我叫 or a plain word the name may follow at once.
_WORDS: dict[Kind, str] = {
    "role": "联系人 反映人 投诉人 举报人 申请人 当事人 信访人 求助人 来访人 来电人 来信人 上访人 诉求人 申诉人 "
    "举报对象 业主代表 家长 低保户 残疾人 丈夫 妻子 老公 老婆 儿子 女儿 父亲 母亲 爱人 "
    "报警人 收款人 付款人 代理人 执行人 代表人 贫困户 五保户 租客 原告 被告 死者家属 我孩子 我家孩子 爸爸 妈妈 "
    "哥哥 弟弟 姐姐 妹妹 爷爷 奶奶 外公 外婆 孙子 孙女 女婿 儿媳 岳父 岳母 侄子 外甥 "
    "死者 逝者 亡者 伤者 患者 受害人 被害人 户主 业主 房主 房东 车主 租户 住户",
    "calling": "我叫 我叫做 名叫 名叫做 名字叫 名字叫做 本名 孩子叫 儿子叫 女儿叫 我（ 我( 本人（ 本人(",
    "announcing": "报修人 报料人 委托人 监护人 收件人 受访人 病人 家属 户名 名字 签名 署名 落款",
    "form": "姓名 姓",
    "signed": "敬礼",
    "identified": "（身份证 (身份证 （公民身份 （联系电话 (联系电话 （电话 (电话 （手机 (手机",
    "plain": "村民 居民 市民 本人 我是",
    "wechat": "微信 威信 薇信 V信 v信 WeChat Wechat wechat weixin VX Vx vx WX Wx wx 加V 加v",
    "qq": "QQ Qq qq 扣扣 企鹅号",
    "chat": "抖音 快手 钉钉 支付宝 陌陌 小红书",
    "passport": "护照",
    "permit": "通行证 回乡证 台胞证 往来证 居住证 军官证 士兵证 警官证 文职证",
    "plate": "车牌号码 车牌号 车牌 号牌号码 号牌 牌照号 牌照 牌号",
    "living": "家庭住址 家庭地址 居住地址 户籍地址 户口地址 收货地址 收件地址 送货地址 房屋地址 房屋坐落 现住址 "
    "住址 户籍所在地 户口所在地 现住 现居 家住 居住于 居住在 租住 租住于 租住在 住在 住于 "
    "我家在 我家是 本人住 我住 居住地 房产位于 房子在 房子位于",
    "placed": "联系地址 通讯地址 通信地址 邮寄地址 详细地址 地址",
    "room": "单元 栋 幢 座 号楼 弄",
}
_KINDS: dict[str, Kind] = {word: kind for kind, words in _WORDS.items() for word in words.split(" ")}
_ORDER = tuple(_KINDS.values())


_AUTOMATON = AhoCorasick(list(_KINDS), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA)


def find(text: str) -> list[Cue]:
    """The cues of a text without unpaired surrogates."""
    return [Cue(_ORDER[word], start, end) for word, start, end in _AUTOMATON.find_matches_as_indexes(text)]
