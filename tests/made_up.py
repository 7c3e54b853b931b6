"""Made-up Chinese texts of a wanted length and edits of them: the same seed gives the same texts everywhere."""

from __future__ import annotations

import random
from bisect import bisect
from itertools import accumulate

# Most frequent first.
_LEXICON = """
的 了 和 在 目前 由于 但是 因此 同时 多次 一直 至今 尚未 已经 经常 每天 夜间 雨季 周边 群众 居民 农户 企业 部门 单位
建议 反映 希望 增设 修复 更换 清理 整治 协调 核查 公示 督促 明确 规范 优化 完善 推进 落实 延长 降低 减免 开通
路灯 井盖 公交 电梯 停车 垃圾 污水 油烟 噪音 渣土 桥梁 护栏 学位 食堂 午休 医保 报销 门诊 养老 助餐 烘干 收割 灌溉 水渠
农药 化肥 大棚 合作社 快递 驿站 冷链 充电桩 电动车 斑马线 红绿灯 限速 绿化 路面 涵洞 堤防 渗水 排涝 物业 维修基金
加装电梯 供水 供暖 燃气 通信 宽带 补贴 贷款 用工 社保 培训 招聘 创业 厂房 租金 能耗 排放 检测 认证 展会 品牌
城东 城西 河口 南湖 北岭 柳湾 青石 白鹭 大桥 新村 老街 开发区 中心校 卫生院 车站 菜场 公园 广场
"""
_ENDS = "，，，，。。。；！"


class Writer:
    """Writes texts and edits them; nothing in them is true."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._own = [chr(code) for code in range(0x4E00, 0x5E00)]
        self._words = _LEXICON.split()
        self._sums = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))

    def text(self, letters: int) -> str:
        parts: list[str] = []
        size = 0
        names = ["".join(self._random.choices(self._own, k=3)) for _ in range(4)]
        while size < letters:
            clause = "".join(self._word(names) for _ in range(self._random.randint(3, 7)))
            parts.append(clause + self._random.choice(_ENDS))
            size += len(clause)
        return "".join(parts)

    def _word(self, names: list[str]) -> str:
        chance = self._random.random()
        if chance < 0.12:
            return self._random.choice(names)
        if chance < 0.35:  # the long tail of a language
            return "".join(self._random.choices(self._own, k=2))
        return self._words[min(bisect(self._sums, self._random.random() * self._sums[-1]), len(self._words) - 1)]

    def replaced(self, text: str, share: float) -> str:
        """This share of the characters exchanged, in runs of 4 to 12."""
        letters = list(text)
        left = int(len(text) * share)
        while left > 0:
            run = min(self._random.randint(4, 12), left)
            at = self._random.randrange(max(1, len(letters) - run))
            letters[at : at + run] = self.text(run)[:run]
            left -= run
        return "".join(letters)

    def shuffled(self, text: str) -> str:
        """Its sentences in another order."""
        sentences = [part + "。" for part in text.replace("！", "。").replace("；", "。").split("。") if part]
        self._random.shuffle(sentences)
        return "".join(sentences)


HEAD = (
    "来信登记。本信箱由市民服务中心统一受理，来信人须对所述内容的真实性负责，一般事项十五个工作日内办理，"
    "复杂事项不超过三十日，请勿重复提交，谢谢配合。"
)
FOOT = (
    "以上内容由来信人自行填写，经办人员已于当日登记并转交有关单位阅处。承办单位应在规定期限内书面答复来信人，"
    "答复内容抄送市民服务中心备案；逾期未答复的，由督查部门予以通报。来信人的个人信息受到保护，任何单位和个人不得泄露；"
    "如对办理结果不满意，可在收到答复之日起六十日内申请复查。"
)


def framed(text: str) -> str:
    """The text under a letterhead and above a foot, together 210 characters."""
    return f"{HEAD}\n{text}\n{FOOT}"
