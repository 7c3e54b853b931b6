"""Files: what is read of documents beside plain readers, what is found of their authors, and how damage ends.

Measured on made documents of real texts: F1 of characters in groups of three, so that their order counts; blanks do
not. The plain readers are those one would write first: python-docx's paragraphs, pypdf's text, the first row of a
sheet as its header, the body that the email package prefers.
"""

from __future__ import annotations

import io
import random
import re
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes, policy
from importlib import import_module
from itertools import islice

from pipeline.intake.drafts import Draft, RefusedRow
from pipeline.intake.formats import read
from pipeline.text.submission import facts
from pipeline.text.submission_values import HIGH
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.eval import file_documents as made
from tests.eval.file_documents import UNSEEN, Made
from tests.eval.file_forms import FORMS, Planted, planted
from tests.eval.file_mutations import mutated

SEED = 20260307
DOCUMENTS, CONVERTED, ROUNDS, DAMAGED, DAMAGED_OLD = 40, 16, 20, 2_000, 12
GOAL, PDF_GOAL = 0.99, 0.98
SLOWEST = 60.0  # of a damaged file, beside an undamaged one


def figures() -> Iterator[Figure]:
    """Documents, particulars, damage."""
    texts = made.texts(DOCUMENTS, SEED)
    plain = [made.plain_word(text) for text in texts]
    rich = [made.rich_word(text, at) for at, text in enumerate(texts)]
    yield from _compared("docx, plain", plain, by_python_docx, GOAL)
    yield from _compared("docx, tables, boxes, changes", rich, by_python_docx, GOAL)
    pdfs = made.converted(plain[:CONVERTED], "pdf")
    yield from _compared("pdf by LibreOffice", pdfs, by_pypdf, PDF_GOAL, paragraphs=True)
    typeset = [made.typeset(text, 1 + at % 2) for at, text in enumerate(texts)]
    if made.FONT in import_module("typst").Fonts().families():
        yield from _compared("pdf by typst, one column or two", typeset, by_pypdf, PDF_GOAL, paragraphs=True)
    else:
        yield Figure("pdf by typst", f"the font {made.FONT} is not installed")
    books = [made.workbook([text], form=True) for text in texts] + [made.workbook(texts[:9], form=False)]
    yield from _compared("xlsx, forms and a list", books, by_first_row, GOAL)
    mails = [made.mail(text, at) for at, text in enumerate(texts)]
    yield from _compared("eml", mails, by_email, GOAL)
    whole = [made.rich_word(text, at, controls=False) for at, text in enumerate(texts[: CONVERTED // 2])]
    old = [one for kind in ("doc:MS Word 97", "rtf") for one in made.converted(whole, kind)]
    yield from _compared("doc and rtf", old, by_wide_characters, 0.97)
    yield from _particulars(list(planted(made.texts(DOCUMENTS, SEED + 1), SEED, ROUNDS)))
    yield from _damage([plain[0], rich[0], rich[1], *pdfs[:1], typeset[0], books[0], books[-1], *mails[:5], *_lines()])
    yield from _old_damage(old[:1] + old[-1:])


# Texts


def ours(one: Made) -> str:
    """All that is read of a file: titles and texts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = list(read(one.content, one.name))
    text = "\n".join(_whole(row.draft) for row in rows if not isinstance(row, RefusedRow))
    return _ENCLOSED.sub("", text) if one.name.endswith(".eml") else text


_ENCLOSED = re.compile("附件《.*》：")  # our own heading of an enclosed file


def _whole(draft: Draft) -> str:
    return f"{draft.title or ''}\n{draft.text}"


def by_python_docx(one: Made) -> str:
    """Its paragraphs."""
    import docx

    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(one.content)).paragraphs)


def by_pypdf(one: Made) -> str:
    """Its text, page by page."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(one.content)).pages)


def by_first_row(one: Made) -> str:
    """Column 正文 of a sheet whose first row is its header; else every cell."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_filelike(io.BytesIO(one.content)).get_sheet_by_index(0).to_python()
    if "正文" in rows[0]:
        return "\n".join(str(row[rows[0].index("正文")]) for row in rows[1:])
    return "\n".join(str(cell) for row in rows for cell in row)


def by_email(one: Made) -> str:
    """The body that the email package prefers."""
    body = message_from_bytes(one.content, policy=policy.default).get_body(("plain", "html"))
    return "" if body is None else body.get_content()


def by_wide_characters(one: Made) -> str:
    """The UTF-16 text in a .doc, as `strings` finds it; an RTF has none."""
    return "".join(char for char in one.content.decode("utf-16le", "ignore") if char.isprintable())


def grams(text: str) -> Counter[str]:
    """Characters in groups of three, without blanks."""
    plain = "".join(text.split())
    return Counter(plain[at : at + 3] for at in range(max(len(plain) - 2, 1)))


def f1(given: str, seen: str) -> float:
    """Of the groups of three characters of two texts."""
    own, true = grams(given), grams(seen)
    return 2 * (own & true).total() / max(own.total() + true.total(), 1)


def _compared(
    name: str, given: Sequence[Made], theirs: Callable[[Made], str], goal: float, *, paragraphs: bool = False
) -> Iterator[Figure]:
    if not given:
        yield Figure(f"{name}: characters F1", "LibreOffice is not installed")
        return
    own = [ours(one) for one in given]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = [theirs(one) for one in given]
    score = statistics.mean(f1(_without_title(one, text), one.seen) for one, text in zip(given, own, strict=True))
    beside = statistics.mean(f1(text, one.seen) for one, text in zip(given, other, strict=True))
    leaked = sum(any(word in text for word in UNSEEN) for text in own)
    more = f" (theirs {beside:.3f}; {len(given)} files, {leaked} with words that should not be seen)"
    yield at_least(f"{name}: characters F1", score, goal, more)
    if paragraphs:
        right = statistics.mean(_kept(text, one.seen) for one, text in zip(given, own, strict=True))
        plain = statistics.mean(_kept(text, one.seen) for one, text in zip(given, other, strict=True))
        yield at_least(f"{name}: paragraphs F1", right, 0.9, f" (theirs {plain:.3f})")


def _without_title(one: Made, text: str) -> str:
    """A workbook's truth is the texts alone."""
    if not one.name.endswith(".xlsx"):
        return text
    rows = [row for row in read(one.content, one.name) if not isinstance(row, RefusedRow)]
    return "\n".join(row.draft.text for row in rows)


def _kept(given: str, seen: str) -> float:
    """F1 of whole paragraphs."""
    own, true = (Counter(filter(None, ("".join(one.split()) for one in text.split("\n")))) for text in (given, seen))
    return 2 * (own & true).total() / max(own.total() + true.total(), 1)


# Particulars


def _particulars(given: Sequence[Planted]) -> Iterator[Figure]:
    for field in ("title", "author", "unit", "phone"):
        right = found = there = 0
        for one in given:
            fact = getattr(facts(one.text), field)
            value = fact.value if fact is not None and (field == "title" or fact.confidence >= HIGH) else None
            found += value is not None
            there += bool(_true(one, field))
            right += value is not None and _squeezed(value) in _true(one, field)
        more = f" ({len(given)} texts in {len(FORMS)} forms)"
        yield at_least(f"{field} found in the text: precision", right / max(found, 1), 0.95, more)
        yield at_least(f"{field} found in the text: recall", right / max(there, 1), 0.9)


def _true(one: Planted, field: str) -> set[str]:
    given = one.units if field == "unit" else (getattr(one, field),)
    return {_squeezed(value) for value in given if value}


def _squeezed(value: str) -> str:
    return "".join(char for char in value if char not in " 　-—《》\t").translate(
        {0xFF10 + at: ord("0") + at for at in range(10)}
    )


# Damage


def _lines() -> list[Made]:
    return [
        Made("a.csv", '编号,正文,时间\n1,"文,一",2026-1-1\n2,文二,x\n'.encode() * 50, ""),
        Made("a.jsonl", '{"text": "一", "time": "2026"}\n{"text": [1]}\n'.encode() * 50, ""),
        Made("a.txt", "题\n反映人：张三\n文。\n".encode("gb18030") * 50, ""),
        Made(
            "a.html", ("<html><body><h1>题</h1>" + "<p>一段文字，说明情况。</p>" * 50 + "</body></html>").encode(), ""
        ),
    ]


def outcome(content: bytes, name: str) -> str:
    """How reading a file ends: `read`, `refused` (with a reason, else it counts as a crash) or `crash`."""
    try:
        found = list(islice(read(content, name), 10_000))
    except Exception as error:  # noqa: BLE001 - counted
        return f"crash: {type(error).__name__}"
    refused = [row for row in found if isinstance(row, RefusedRow)]
    if any(not row.why.strip() for row in refused):
        return "crash: no reason"
    return "refused" if refused and len(refused) == len(found) else "read"


def _damage(given: Sequence[Made]) -> Iterator[Figure]:
    chance = random.Random(SEED)
    usual = {id(one): statistics.median(_timed(one.content, one.name)[1] for _ in range(5)) for one in given}
    ends: Counter[str] = Counter()
    slowest, which = 0.0, ""
    for at in range(DAMAGED):
        one = given[at % len(given)]
        damaged = mutated(one.content, chance)
        end, seconds = _timed(damaged, one.name)
        ends[end] += 1
        # A piece that stands fifty times is fifty times the work.
        times = seconds / max(usual[id(one)], 0.005) / max(len(damaged) / len(one.content), 1)
        if times > slowest:
            slowest, which = times, one.name
    crashes = {end: count for end, count in ends.items() if end.startswith("crash")}
    more = f" of {DAMAGED} (read {ends['read']}, refused with a reason {ends['refused']}){crashes or ''}"
    yield at_most("damaged files that crash a reader", sum(crashes.values()), 0, more=more)
    yield at_most("slowest damaged file / the same undamaged, per byte", slowest, SLOWEST, " times", f" ({which})")


def _timed(content: bytes, name: str) -> tuple[str, float]:
    began = time.perf_counter()
    end = outcome(content, name)
    return end, time.perf_counter() - began


def _old_damage(given: Sequence[Made]) -> Iterator[Figure]:
    if not given:
        return
    chance = random.Random(SEED)
    ends = Counter(
        outcome(mutated(given[at % len(given)].content, chance), given[at % len(given)].name)
        for at in range(DAMAGED_OLD)
    )
    crashes = sum(count for end, count in ends.items() if end.startswith("crash"))
    more = f" of {DAMAGED_OLD} (read {ends['read']}, refused with a reason {ends['refused']})"
    yield at_most("damaged .doc and .rtf that crash a reader", crashes, 0, more=more)
