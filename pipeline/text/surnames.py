"""Surnames, and the words of every day that begin like a name."""

from __future__ import annotations

import re

# Surnames, the commonest first.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石"
    "戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹"
    "申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓"
    "古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
    "肖付闫鄢谌冼蔺仝郜阚晁亓逯郗隗昝鞠惠荆冀郁储栗楚粟茹匡邸蹇薄奚燕辜雍濮赖洪骆丘晋胥芮厉屠逄缑糜漆嵇竺"
)
# As they are written in traditional characters, where that differs.
TRADITIONAL = (
    "張劉陳楊黃趙吳孫馬許鄧馮蕭葉蔣蘇魏盧鐘鍾譚範陸賈韋鄒閻龍賀顧龔邵萬錢嚴湯歐蘭關紀"
    "畢單連寧閔鮑華齊龐顏倪莊聶魯嶽鄭羅謝韓"
)
# Ordinary words as often as surnames: they begin a name behind a label alone.
LABELLED = "代封谈原丰展衣占战海花豆位植强来廉盖木计揭宇都井练乐官台银伏习保凤危班闻慎楼候帅利桐铁才么畅由权库"
# What names of other peoples are written with.
WRITTEN_OUT = (
    "阿卜杜拉迪丽努尔古买提艾兰热依孜合麦吐逊萨比娜帕夏其乌巴特苏日格根图雅扎西卓玛次仁达娃桑多吉旺堆央金才让措罗布丹增尼珠洛索"
    "朗德勒塔坎不克力肉穆罕默里亚库班江柯尤卡甫玉素赛曼祖姆莱希汗则哈斯娜木萨"
)
# Of these few words of every day begin; a name of one of them may follow a role without a colon.
SURE = (
    "王李张刘陈杨黄赵吴周徐孙朱胡郭林罗郑梁谢宋唐邓冯韩曹彭萧蔡潘田董袁叶蒋杜苏魏程吕丁沈姚卢傅钟姜崔谭廖范汪陆戴贾韦夏邱侯邹熊孟秦"
    "阎薛尹雷黎史陶贺顾毛郝龚邵覃戚孔汤樊葛邢乔伍庞颜倪庄聂鲁岳翟殷詹欧耿俞柳阮柯纪梅童裴霍翁靳鲍喻祁牟缪褚娄窦岑晏瞿佟臧闵邬"
    "肖闫鄢谌冼蔺仝郜阚晁亓逯郗隗昝鞠荆骆芮逄缑嵇"
)
# Of these more do, so that more is asked of what follows; and of the rest more than of all.
LESS_SURE = "马高何许曾余江段施石钱严付"
LIKELY = "".join(
    sorted(
        set(SURNAMES) - set("晋厉惠储冀薄燕和时应全向任单从易成申连关车项水古谷管解安常方明师都党费金路游成左席景平")
    )
)
TWO = "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|端木)"
# Second characters that make a word of every day with a surname: 黄道, 林业, 殷切.
_SECONDS = """
许可多诺久愿以 曾经多几在 余款下额地热 江边水苏西河湖 段落子路 施工行压加救暴 石头材油料碑匠膏灰 钱款财物
严重格禁厉惩查肃谨 马上路桶虎匹车力达甲铃 何时地必处种须妨况谓方以
高度兴速层压温峰中龄效级价空低档科管考尚达手原新铁喊调呼声血铝清 王位者屋室牌国法府
黄家道线果种土屋花底油牌泥色酒豆昏金 周一二三四五六日期边围末报转年岁到天长代身知 徐徐步 朱批漆砂红 胡乱搞扯编同话口说
林区业地木权场带产立间校 罗列 郑重 梁柱 谢意定绝谢 宋代朝 唐朝代突 韩式国 萧条 田地间里径野 董事 苏式醒 程序度式 丁点
沈陷 姚明 钟头点表 姜片 范围本例畴文 陆续地上路军 戴上着反口帽眼手 夏天日季至夜 侯车 孟夏 秦岭代朝 雷区电雨声达同击管
黎明 史上料无书实 陶器瓷冶醉 贺电词 顾客问及虑全忌名家 毛病坯巾料利线笔孔重 孔洞眼径隙雀 汤药料水 乔木迁装 伍佰
庞大然杂 颜色料面 庄重严稼园家户 鲁莽 岳父母家 殷切勤实 柳树条絮 纪委检律念录年实要元 梅雨花园毒 童年车话工 霍然乱
喻为 牟利取 张贴开罗口力家望挂榜扬 李子家 陈述列旧年诉设 杨树梅柳 赵县 吴语 孙子女 郭城 邓家 曹家 彭水 蔡家 潘家 袁家
叶子片面 蒋家 杜绝撰 魏县 吕剧 崔家 谭家 廖家 汪汪 贾祸 邱家 熊市孩猫 薛家 尹家 郝家 龚家 邵家 覃家 戚家 樊家 葛根
邢台 倪家 聂家 翟家 詹家 欧洲式元 耿直 俞家 柯家 裴家 翁家 肖像 洪水涝灾山峰湖流武福亮 赖以账皮着 骆驼 屠宰杀户场 丘陵
漆黑面皮匠工器 糜烂 竺可 匡算 付款费出钱清给讫诸之印了过现息租完账全 冀中东南 储蓄存户备水 惠农民及州 楚国门天汉
荆州门 靳家 鲍鱼 祁剧县 缪家 褚家 娄底 窦家 岑家 晏家 瞿家 佟家 臧否 闵行 邬家 阎王 阮家
"""
# Which are second characters of names as often: 周天明, 林家强.
_ALSO_GIVEN = frozenset("家天文国金志子代宝明梅")
_WORDS = frozenset(word[0] + second for word in _SECONDS.split() for second in word[1:])


def is_word(name: str) -> bool:
    """Whether a name's first two characters are a word of every day rather than a person's."""
    return name[:2] in _WORDS and (len(name) == 2 or name[1] not in _ALSO_GIVEN)  # noqa: PLR2004


# What offices, places, trades and goods end in: no name, unless 男, 女 or 先生 follows. Given names end in some of
# them, too: behind a sure surname and another character (王建城, 李登科), or where a label says that it is a name.
_NEVER = "局委办站所院厅部处室队厂店司市县区镇员卡匠鱼酒院校组团馆库罩街鸡油场"
_SELDOM, _AS_GIVEN = "会科村乡州城行", "会科州城行"
_GIVEN_SO = re.compile(f"[{SURE}][一-龥][{_AS_GIVEN}]")
_ENDING = re.compile(f".+[{_NEVER}{_SELDOM}]")
_ENDING_NEVER = re.compile(f".+[{_NEVER}]|.[家店庄桥河湾湖山沟岗楼寨屯集口坪坝塘石科云][村乡城会]")
_SAID_TO_BE = re.compile(r"[，,、（( \t]{0,2}(?:男|女|先生|女士|小姐|老师|师傅)")
# Prefectures whose names begin like a person's.
_PLACE_NAMES = """
兰州 包头 吉安 吉林 吕梁 吴忠 周口 和田 唐山 商丘 商洛 娄底 宁夏 宁德 宁波 安庆 安康 安徽 安阳 安顺 岳阳 常州 常德
张家口 张家界 张掖 徐州 惠州 成都 文山 景德镇 曲靖 林芝 柳州 桂林 梅州 楚雄 武威 武汉 毕节 江苏 江西 江门 池州 沈阳
温州 濮阳 焦作 甘南 甘孜 甘肃 白城 白山 白银 石嘴山 石家庄 秦皇岛 苏州 荆州 荆门 许昌 贺州 连云港 邢台 邵阳 郑州 金华
金昌 阳江 阳泉 马鞍山 黄冈 黄南 黄山 黄石 龙岩
"""
_PLACES = frozenset(_PLACE_NAMES.split())


def is_person(name: str, after: str, *, labelled: bool = False) -> bool:
    """Whether a name is no office's, place's or trade's; `after` is what follows it, `labelled` where a form's own
    word announces a person's name."""
    if name in _PLACES or name[:-1] in _PLACES:
        return False
    if _GIVEN_SO.fullmatch(name) and not is_word(name):
        return True
    ending = _ENDING_NEVER if labelled else _ENDING
    return not ending.fullmatch(name) or _SAID_TO_BE.match(after) is not None
