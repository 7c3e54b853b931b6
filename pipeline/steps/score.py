"""score: texts with class and places → 参考排序 0 to 100 with its parts. Knows no queue and no other step.

It orders an editor's reading and judges the text, never the person; what it goes by is `scoring.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.clock import SHANGHAI
from pipeline.records.items import Classified, Cleaned, Region, Scored, ScorePart
from pipeline.records.names import Kind
from pipeline.rules.scoring import Scoring

Judged = tuple[float, str]  # a part's value 0 to 1, and why
# Of structure: what each of the four shows is worth.
STRUCTURE = (("situation", "情况", 0.25), ("cause", "原因", 0.2), ("advice", "建议", 0.35), ("numbered", "分条", 0.2))
FIGURES_SHARE = 0.6  # of concreteness; the rest is for a place named
SHAPE_SHARE = 0.6  # of the title; the rest is for its length
COPIES = 3  # so many others telling of the same matter show as much as the words for it


@dataclass(frozen=True, slots=True)
class ToScore:
    """One text as the steps before have read it; `duplicates` are the other items of its cluster."""

    cleaned: Cleaned
    classified: Classified
    regions: tuple[Region, ...]
    duplicates: int


def score(inputs: Sequence[ToScore], scoring: Scoring, now: datetime) -> list[Scored]:
    """For each text its score, the parts in the order of `weights`, and whether it is urgent.

    An urgent text has one more part of weight 0 that names the reason.
    """
    return [_scored(each, scoring, now) for each in inputs]


def _scored(given: ToScore, scoring: Scoring, now: datetime) -> Scored:
    weights, cleaned = scoring.weights, given.cleaned
    shown = _shown(cleaned.text, scoring)
    parts = (
        _part("时效", weights.freshness, _freshness(cleaned, scoring, now)),
        _part("篇幅", weights.length, _length(len(cleaned.text), scoring)),
        _part("结构", weights.structure, _structure(shown)),
        _part("具体", weights.concreteness, _concreteness(given, scoring)),
        _part("标题", weights.title, _title(cleaned.title, scoring)),
        _part("责任主体", weights.responsibility, _responsibility(shown)),
        _part("普遍性", weights.generality, _generality(shown, given.duplicates)),
        _part("来源", weights.origin, _origin(cleaned.kind, scoring)),
    )
    why = _urgent(cleaned, scoring)
    total = round(sum(part.value * part.weight for part in parts), 1)
    return Scored(total, (*parts, ScorePart("紧急", 1.0, 0.0, why)) if why else parts, urgent=why is not None)


def _part(name: str, weight: float, judged: Judged) -> ScorePart:
    return ScorePart(name, judged[0], weight, judged[1])


def _shown(text: str, scoring: Scoring) -> dict[str, list[str]]:
    """The words found, by what they show, each once."""
    shown: dict[str, list[str]] = {}
    for index in dict.fromkeys([index for index, _, _ in scoring.lexicon.find(text)]):
        shown.setdefault(scoring.shown_by[index], []).append(scoring.lexicon.words[index])
    return shown


def _freshness(cleaned: Cleaned, scoring: Scoring, now: datetime) -> Judged:
    # A page says itself when it was published; a submission is as old as its arrival.
    written = cleaned.published_at or (cleaned.received_at if cleaned.kind == Kind.SUBMISSION else None)
    moment = _moment(written) if written else None
    if moment is None or moment > now + timedelta(days=1):
        return 0.0, "日期不明"
    days = max((now - moment).days, 0)
    share = next((each.share for each in scoring.freshness if days <= each.days), 0.0)
    return share, f"{days} 天前" if days else "当天"


def _moment(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _length(characters: int, scoring: Scoring) -> Judged:
    rule = scoring.length
    if characters < rule.best_from:
        value = max(characters - rule.least, 0) / (rule.best_from - rule.least)
        why = f"{characters} 字，短于 {rule.best_from} 字"
    elif characters > rule.best_to:
        value = max(rule.most - characters, 0) / (rule.most - rule.best_to)
        why = f"{characters} 字，长于 {rule.best_to} 字"
    else:
        value, why = 1.0, f"{characters} 字"
    return round(value, 3), why


def _structure(shown: dict[str, list[str]]) -> Judged:
    has = [(name, share) for group, name, share in STRUCTURE if group in shown]
    lacks = [name for group, name, _ in STRUCTURE if group not in shown]
    why = "有" + "、".join(name for name, _ in has) if has else ""
    return round(sum(share for _, share in has), 3), "；".join(
        filter(None, (why, "缺" + "、".join(lacks) if lacks else ""))
    )


def _concreteness(given: ToScore, scoring: Scoring) -> Judged:
    figures = len(scoring.figure.findall(given.cleaned.text))
    places = [region.name for region in given.regions if region.role == "event"]
    value = FIGURES_SHARE * min(figures / scoring.concreteness.figures, 1) + (1 - FIGURES_SHARE) * bool(places)
    place = f"写明{places[0]}" if places else "未写明地方"
    return round(value, 3), f"数据 {figures} 处，{place}"


def _title(title: str, scoring: Scoring) -> Judged:
    if not title:
        return 0.0, "没有标题"
    shape = next((word for word in scoring.title.shapes if word in title), None)
    fits = len(title) <= scoring.title.longest
    value = SHAPE_SHARE * (shape is not None) + (1 - SHAPE_SHARE) * fits
    length = f"{len(title)} 字" if fits else f"{len(title)} 字，超过 {scoring.title.longest} 字"
    return round(value, 3), f"{length}，{f'有“{shape}”' if shape else '未点明问题或主张'}"


def _responsibility(shown: dict[str, list[str]]) -> Judged:
    if "named" in shown:
        return 1.0, "点明" + "、".join(shown["named"][:3])
    if "vague" in shown:
        return 0.5, f"只说“{shown['vague'][0]}”"
    return 0.0, "未点明责任主体"


def _generality(shown: dict[str, list[str]], duplicates: int) -> Judged:
    words = shown.get("generality", [])
    said = 0.0 if not words else 0.7 if len(words) == 1 else 1.0
    others = f"另有 {duplicates} 篇反映同一事" if duplicates else ""
    why = "；".join(filter(None, ("有" + "、".join(f"“{word}”" for word in words[:3]) if words else "", others)))
    return round(max(said, min(duplicates / COPIES, 1.0)), 3), why or "未说明是否普遍"


def _origin(kind: Kind, scoring: Scoring) -> Judged:
    if kind == Kind.SUBMISSION:
        return scoring.origin.submission, "来稿"
    return scoring.origin.web_lead, "网上线索，须经核实"


def _urgent(cleaned: Cleaned, scoring: Scoring) -> str | None:
    if cleaned.urgent:
        return "提交人注明紧急"
    word = next((word for word in scoring.urgent if word in cleaned.title), None)
    return f"标题含“{word}”" if word else None
