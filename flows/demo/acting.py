"""acting: what the office's people do with what has come, by the office's use cases alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.demo.content import Desk
from pipeline.errors import NotAllowed
from pipeline.office import drafting, issuing, items, leads, merging, signing
from pipeline.office.context import Office
from pipeline.office.shows import Shown
from pipeline.rules.series import Series

EDITOR, HEAD, LEADER = "苗闻溪", "贺松筠", "蔺怀舟"
SUPPLEMENT_SERIES = "社情民意信息增刊"


@dataclass
class Acting:
    """The office at work. `items` tells the item of each numbered submission; `fates` collects what became of it."""

    office: Office
    desk: Desk
    items: Mapping[int, str]
    fates: dict[int, str] = field(default_factory=dict[int, str])

    def opinion(self, key: str) -> str:
        """What an editor wrote on a matter."""
        return self.desk.opinions[key]

    def accept(self, *numbers: int) -> None:
        """采用备用."""
        items.move(self.office, "accept", self._ids(numbers), by=EDITOR, opinion=self.opinion("accept"))
        self.fates.update(dict.fromkeys(numbers, "采用备用"))

    def send_back(self, number: int) -> str:
        """退回补充, saying what is missing."""
        said = self.opinion("send_back")
        items.move(self.office, "send-back", self._ids([number]), by=EDITOR, opinion=said)
        self.fates[number] = "退回补充"
        return said

    def take_supplement(self, number: int) -> None:
        """The supplemented text is put before the editor again, and accepted."""
        items.move(self.office, "submit", self._ids([number]), by=EDITOR, opinion=self.opinion("supplement"))
        self.accept(number)
        self.fates[number] = "退回补充后采用备用"

    def decline(self, number: int, key: str, reason: str) -> str:
        """不采用存查, with a reason of the dictionary and an opinion."""
        said = self.opinion(key)
        items.move(self.office, "decline", self._ids([number]), by=EDITOR, opinion=said, reason=reason)
        self.fates[number] = f"未采用（存查）：{reason}"
        return said

    def verify(self, number: int) -> str:
        """核实."""
        said = self.opinion("verify")
        items.move(self.office, "verify", self._ids([number]), by=EDITOR, opinion=said)
        self.fates[number] = "核实中"
        return said

    def merge(self, main: int, other: int) -> None:
        """并稿: one matter, both credited."""
        merging.merge(self.office, self._ids([main, other]), by=EDITOR, opinion=self.opinion("merge"))
        self.fates[other] = f"并入第{main}件，两方同署"

    def refuse_lead(self, lead: str) -> str:
        """What the office is told when it would accept a web lead."""
        try:
            items.move(self.office, "accept", [lead], by=EDITOR, opinion=self.opinion("accept"))
        except NotAllowed as refusal:
            return refusal.what
        raise AssertionError("a web lead was accepted")

    def make_topic(self, lead: str) -> str:
        """转选题."""
        said = self.opinion("topic")
        leads.convert(self.office, [lead], into="topic", by=EDITOR, opinion=said)
        return said

    def edit(self, number: int) -> int:
        """改稿: a second track beside the original; how many places were changed."""
        changes = self.desk.edits[str(number)]
        text = self._text(number)
        for before, after in changes:
            text = text.replace(before, after)
        items.edit(self.office, self.items[number], by=EDITOR, text=text, opinion=self.opinion("edit"))
        return len(changes)

    def issue(self, numbers: Sequence[int], *, series: str | None = None, combined: bool = False) -> Shown:
        """Draft, hand on, approve, sign, issue; the bulletin with its number."""
        own = {"title": self.desk.combined_title, "text": self.desk.combined_text} if combined else {}
        key = drafting.draft(self.office, self._ids(numbers), by=EDITOR, series=series, **own).bulletin.id
        drafting.submit(self.office, key, by=EDITOR)
        signing.approve(self.office, key, by=HEAD, opinion=self.opinion("approve"))
        signing.sign(self.office, key, by=LEADER, opinion=self.opinion("sign"))
        shown = issuing.issue(self.office, key, by=EDITOR).bulletin
        self.fates.update(dict.fromkeys(numbers, f"编发：{printed(shown, self.office.series)}"))
        return shown

    def export(self, bulletin: str, folder: Path) -> list[Path]:
        """The issued DOCX and PDF, put into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        for form in ("docx", "pdf"):
            exported = issuing.export(self.office, bulletin, form)
            path = folder / exported.name
            path.write_bytes(exported.content)
            files.append(path)
        return files

    def _ids(self, numbers: Sequence[int]) -> list[str]:
        return [self.items[number] for number in numbers]

    def _text(self, number: int) -> str:
        with self.office.store.reading() as session:
            return items.current(self.office, session, [self.items[number]])[self.items[number]].text


def printed(shown: Shown, series: Mapping[str, Series]) -> str:
    """第86期（总第1203期）, or 增刊第3期."""
    if not series[shown.series].print_running:
        return f"增刊第{shown.number}期"
    return f"第{shown.number}期（总第{shown.running}期）"
