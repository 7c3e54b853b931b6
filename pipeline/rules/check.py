"""What rules are in force and where they differ from the shipped ones, in lines for the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline.rules import SHIPPED, Rules, load_rules
from pipeline.rules.regions import Regions
from pipeline.rules.retention import Retention
from pipeline.rules.scoring import Scoring
from pipeline.rules.series import Series
from pipeline.rules.taxonomy import Domain, Scheme, Weighted
from pipeline.rules.watch import Watch

NAMED = 8  # so many words or names are listed, the rest is counted
SCORING_PARTS = {
    "freshness": "时效",
    "length": "篇幅",
    "structure": "结构",
    "concreteness": "具体",
    "title": "标题",
    "responsibility": "责任主体",
    "generality": "普遍性",
    "origin": "来源",
    "urgent": "紧急词",
}
RETENTION_PARTS = {
    "web_lead_bodies": "网上线索正文",
    "bus_messages": "总线消息",
    "outbox": "待发记录",
    "logs": "日志",
    "backups": "备份",
}
WATCH_PARTS = {
    "lag_minutes": "处理积压（分）",
    "receipt_minutes": "来稿未处理（分）",
    "backlog_items": "待入检索（篇）",
    "backlog_minutes": "待入检索（分）",
    "missed_turns": "来源漏采（轮）",
    "nothing_new_days": "来源无新内容（天）",
    "free_megabytes": "磁盘剩余（MB）",
    "backup_days": "备份（天）",
    "proof_minutes": "核对账目（分）",
    "named_sources": "指标单列来源（个）",
}


def describe(rules: Rules) -> list[str]:
    """One line a part that is in force, and under it one line a difference from the shipped."""
    shipped = load_rules(SHIPPED)
    lines: list[str] = []
    for part, title, differences in (
        ("taxonomy", _taxonomy(rules.taxonomy), _taxonomies(rules.taxonomy, shipped.taxonomy)),
        ("regions", _regions(rules.regions), _gazetteers(rules.regions, shipped.regions)),
        ("scoring", _scoring(rules.scoring), _scorings(rules.scoring, shipped.scoring)),
        ("retention", _retention(rules.retention), _retentions(rules.retention, shipped.retention)),
        ("series", f"刊物：{'、'.join(rules.series)}", _serieses(rules.series, shipped.series)),
        ("watch", _watch(rules.watch), _watches(rules.watch, shipped.watch)),
        ("reasons", f"未采用理由 {len(rules.reasons.decline)} 条，转办渠道 {len(rules.reasons.redirect)} 条", ()),
    ):
        same = rules.versions[part] == shipped.versions[part]
        lines.append(f"{title}（版本 {rules.versions[part][:8]}，{'与随程序的相同' if same else '本单位有改动'}）")
        lines += [f"  {line}" for line in differences]
    return lines


def _taxonomy(scheme: Scheme) -> str:
    topics = sum(len(domain.topics) for domain in scheme.domains)
    return f"分类“{scheme.name}”：{len(scheme.domains)} 类，{topics} 个主题，{len(scheme.lexicon.words)} 个词"


def _taxonomies(mine: Scheme, shipped: Scheme) -> Iterator[str]:
    old = {domain.name: _weights(domain) for domain in shipped.domains}
    new = {domain.name: _weights(domain) for domain in mine.domains}
    yield from _sets("类别", old, new)
    for name in filter(old.__contains__, new):
        yield from _sets(f"“{name}”的词", old[name], new[name])
        moved = [word for word in new[name].keys() & old[name].keys() if new[name][word] != old[name][word]]
        if moved:
            yield f"“{name}”里改了权重：{_listed(sorted(moved))}"


def _weights(domain: Domain) -> dict[str, float]:
    written = (*domain.keywords, *(word for topic in domain.topics for word in topic.keywords))
    return dict((word.word, word.weight) if isinstance(word, Weighted) else (word, 1.0) for word in written)


def _regions(regions: Regions) -> str:
    return f"行政区划：{len(regions.divisions)} 个，另有 {len(regions.not_places)} 个不作地名的词"


def _gazetteers(mine: Regions, shipped: Regions) -> Iterator[str]:
    for code, division in mine.divisions.items():
        before = shipped.divisions.get(code)
        if before is None:
            yield f"增加区划 {code} {division.name}"
        elif before.name != division.name:
            yield f"区划 {code} 由“{before.name}”改称“{division.name}”"
        elif before != division:
            yield f"区划 {code} {division.name} 改了简称或上级"
    yield from _sets("不作地名的词", shipped.not_places, mine.not_places)


def _scoring(scoring: Scoring) -> str:
    weights = scoring.weights.model_dump()
    return "参考排序：" + "、".join(f"{SCORING_PARTS[name]} {weight:g}" for name, weight in weights.items())


def _scorings(mine: Scoring, shipped: Scoring) -> Iterator[str]:
    old, new = shipped.model_dump(), mine.model_dump()
    for name, weight in new["weights"].items():
        if weight != old["weights"][name]:
            yield f"{SCORING_PARTS[name]}由 {old['weights'][name]:g} 分改为 {weight:g} 分"
    changed = [title for name, title in SCORING_PARTS.items() if new[name] != old[name]]
    if changed:
        yield f"改了取值办法：{'、'.join(changed)}"


def _retention(retention: Retention) -> str:
    days = retention.model_dump(exclude={"version"})
    return "保存天数：" + "、".join(f"{RETENTION_PARTS[name]} {count}" for name, count in days.items())


def _retentions(mine: Retention, shipped: Retention) -> Iterator[str]:
    new, old = mine.model_dump(), shipped.model_dump()
    for name, title in RETENTION_PARTS.items():
        if new[name] != old[name]:
            yield f"{title}由 {old[name]} 天改为 {new[name]} 天"


def _watch(watch: Watch) -> str:
    return "告警：" + "、".join(f"{title} {getattr(watch, name)}" for name, title in WATCH_PARTS.items())


def _watches(mine: Watch, shipped: Watch) -> Iterator[str]:
    for name, title in WATCH_PARTS.items():
        if getattr(mine, name) != getattr(shipped, name):
            yield f"{title}由 {getattr(shipped, name)} 改为 {getattr(mine, name)}"


def _serieses(mine: Mapping[str, Series], shipped: Mapping[str, Series]) -> Iterator[str]:
    yield from _sets("刊物", shipped, mine)
    for name in filter(shipped.__contains__, mine):
        changed = [
            field for field in Series.model_fields if getattr(mine[name], field) != getattr(shipped[name], field)
        ]
        if changed:
            yield f"刊物“{name}”改了：{'、'.join(changed)}"


def _sets(what: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    before, after = set(old), set(new)
    if added := sorted(after - before):
        yield f"{what}增加：{_listed(added)}"
    if gone := sorted(before - after):
        yield f"{what}去掉：{_listed(gone)}"


def _listed(words: list[str]) -> str:
    rest = f" 等 {len(words)} 个" if len(words) > NAMED else ""
    return "、".join(words[:NAMED]) + rest
