"""Message boards: the question and the office's reply apart. Pages of 领导信箱, 网上信访, 留言板, 12345.

    part(lines) -> Board | None

Such pages name their fields: a label in a line or cell of its own, or at the head of a line before a colon. A page is
a board's only if it names a reply and, before it, a question or two facts of who asked, or if it names a question and
tells two facts of who asked: a letter without a reply as yet. An article that tells of a reply names none: sentences
of its own stand before it, which a board has only as a note. Linear, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.text import maintext_rules as rules

_WHO = "来信|信件|留言|咨询|投诉|诉求|提问|写信|来件|工单|信访|求助|网友|群众|市民"
_WORK = "官方|办理|处理|单位|部门|受理|网站|承办|办复|办结|回复|答复|反馈|调查|核查|工作人员|管理员|最新"
_KIND = (
    "人|者|姓名|时间|日期|编号|类型|类别|分类|主题|标题|题目|状态|对象|单位|部门|机构|方式|地区|区域|领域|来源|电话"
    "|评价|渠道|性质|目的|身份|途径|数|量|次数|ID"
)
# A label's first alternative that fits is its kind: what is read, and the fields beside it that are not.
_LABEL = re.compile(
    rf"[\s【\[（(◆■●▎|]{{0,3}}(?:(?P<question>(?:{_WHO}|问题|事项|具体|反映|建议)的?(?:内容|正文|详情|描述|问题|事项)"
    r"|内\s{0,6}容)"
    rf"|(?P<answer>(?:{_WORK})的?(?:回复|答复|回应|反馈|内容|情况|意见|结果|详情|正文))"
    rf"|(?P<field>(?:{_WHO}|{_WORK}|发布|提交|所属|公开|联系|浏览|点击|阅读|办事|交办|回访|评价)?(?:{_KIND})"
    r"|标\s{0,6}题|满意度(?:评价)?|服务评价|评分|附件|查询码|是否公开)"
    r"|(?P<bare>回\s?复|答\s?复))[】\]）)]?\s{0,4}(?P<end>[:：]|$)"
)
_ABOUT = (
    "人|者|姓名|时间|日期|编号|类型|类别|分类|主题|标题|题目|状态|对象|ID"  # 咨询电话 tells how to ask, not who did
)
_ASKED = re.compile(rf"[\s【\[（(◆■●▎|]{{0,3}}(?:{_WHO})(?:{_ABOUT})?\s{{0,4}}(?:[:：]|$)")
_REPLIED = re.compile(r"[\s【\[（(◆■●▎|]{0,3}(?:回复|答复|办理|办结|办复|处理)(?!状态|编号|类型|方式|[期时]限)")
_ENTITLED = re.compile(
    rf"[\s【\[（(◆■●▎|]{{0,3}}(?:{_WHO})?的?(?:标\s{{0,6}}题|主\s{{0,6}}题|题目)[】\]）)]?\s{{0,4}}(?:[:：]|$)"
)
# Further facts of who asked, in one line with the first.
_FURTHER = re.compile(rf"\s(?:{_WHO})(?:{_ABOUT})?\s{{0,4}}[:：]")
_LONGEST_FACTS, _LONGEST_TITLE = 120, 100  # characters
_RIGHTS = re.compile(r"版权所有|all rights reserved", re.IGNORECASE)
_SHORTEST = 4  # characters of a question or a reply
_SHORTEST_LOOSE = 4  # the same, of a line that stands under no label
_MOST_LINES = 2000
_FACTS = 2  # of who asked, where no label names the question
_NOTE = 0.5  # of question and reply together, the running text before any label
_MOST = 0.5  # of the page's running text, in question and reply
_SENTENCE = re.compile("[。！？]")


@dataclass(frozen=True, slots=True)
class Board:
    """What was asked, what the office replied (None: nothing as yet), the question's labelled title, and the line at
    which the reply begins."""

    question: str
    reply: str | None
    title: str | None = None
    end: int | None = None


@dataclass(slots=True)
class _Reading:
    """Lines by what they stand under; `under` is the present label, "" for none."""

    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    loose_question: list[str] = field(default_factory=list)
    loose_answer: list[str] = field(default_factory=list)
    under: str = ""
    facts: int = 0
    replied: bool = False
    before: int = 0  # characters of sentences before the first label
    running: int = 0  # characters of sentences in all
    told: int = 0  # facts of who asked that have a value
    asked: bool = False  # whether the present field is such a fact
    entitled: bool = False  # whether it is the title
    letters: int = 0  # labels of questions
    title: str | None = None
    at: int = 0  # the present line
    end: int | None = None

    def label(self, match: re.Match[str], line: str) -> None:
        kind = match.lastgroup if match.lastgroup != "end" else None
        kind = kind or next(name for name in ("question", "answer", "field", "bare") if match[name])
        value = line[match.end() :].strip()
        if kind == "bare":
            kind = "answer" if match["end"] else ""
        if kind == "question" and self.replied and (self.question or self.loose_question):
            kind = "answer"  # "内容" once more, beneath the reply's own heading
        elif kind == "question":  # what was told of the reply so far stood in the letter's head
            self.replied, self.end = False, None
        if kind == "field":
            self.field(line)
        self.letters += kind == "question"
        self.replied = self.replied or kind == "answer" or _REPLIED.match(line) is not None
        if self.replied and self.end is None:
            self.end = self.at
        self.under = kind
        if value:
            self.line(value)

    def field(self, line: str) -> None:
        self.entitled = not self.replied and self.title is None and _ENTITLED.match(line) is not None
        self.asked = _ASKED.match(line) is not None
        if self.asked:
            further = len(_FURTHER.findall(line)) if len(line) <= _LONGEST_FACTS else 0
            self.facts += 1 + further
            self.told += further

    def value(self, text: str) -> None:
        """What stands in or under a field."""
        self.under = ""
        self.told += self.asked
        if self.entitled and _SHORTEST <= len(text) <= _LONGEST_TITLE:
            self.title = text

    def line(self, text: str) -> None:
        if _SENTENCE.search(text):
            self.running += len(text)
        if self.under == "field":
            self.value(text)
        elif self.under == "question":
            self.question.append(text)
        elif self.under == "answer":
            self.answer.append(text)
        elif len(text) >= _SHORTEST_LOOSE and (self.facts or self.replied):
            (self.loose_answer if self.replied else self.loose_question).append(text)
        elif _SENTENCE.search(text):
            self.before += len(text)

    def board(self) -> Board | None:
        asked = self.question or (self.loose_question if self.facts >= _FACTS else [])
        question, reply = "\n".join(asked), "\n".join(self.answer or self.loose_answer)
        both = len(question) + len(reply)
        if self.before > _NOTE * both or both <= _MOST * self.running or len(question) < _SHORTEST:
            return None
        if len(reply) >= _SHORTEST:
            return Board(question, reply, self.title, self.end)
        pending = self.letters == 1 and self.told >= _FACTS and not reply
        return Board(question, None, self.title, self.end) if pending else None


def part(lines: Sequence[str]) -> Board | None:
    """The question and the reply of a board's page; None when it is none."""
    reading = _Reading()
    for reading.at, line in enumerate(lines[:_MOST_LINES]):
        if match := _LABEL.match(line):
            reading.label(match, line)
        elif reading.replied and len(line) <= _LONGEST_FACTS and _RIGHTS.search(line):
            break
        elif (furniture := rules.furniture(line)) == rules.NONE:
            reading.line(line)
        elif (reading.replied or reading.question) and furniture in (rules.A_STOP, rules.A_FOOT):
            break
    return reading.board()
