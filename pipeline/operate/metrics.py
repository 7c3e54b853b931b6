"""metrics: what is observed, in Prometheus' text form.

Everything is in the store's books, so that one endpoint speaks for workers that come and go. Counters count since the
store's beginning. `source` takes as many values as the rules allow (`named_sources`), the catalogue's first and then
the largest; the rest is 其他. A source that has a name of its own keeps it as long as this process lives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.clock import parsed
from pipeline.operate.backup import program_version
from pipeline.operate.observed import Books, Observed, Observer, Waiting, age
from pipeline.process.topology import STEPS
from pipeline.records.names import TOPICS, Outcome, Step
from pipeline.records.watching import ENDLESS, UPPERS, Ended
from pipeline.text.masks import masked

OTHER = "其他"
REASONS = 50  # values of `reason`
WAY = tuple(step.value for step in (*STEPS, Step.STORE))
PASSED = "passed"
PARTS = ("store", "bus", "search")


@dataclass
class Names:
    """Which values a label may take: those learnt first, until there are so many."""

    most: int
    kept: set[str] = field(default_factory=set[str])

    def learn(self, values: Iterable[str]) -> None:
        """The most important first."""
        for value in values:
            if len(self.kept) < self.most:
                self.kept.add(value)

    def __call__(self, value: str) -> str:
        """The label's value: masked, for a file's name may be its source's."""
        return masked(value) if value in self.kept else OTHER


class Exposition(Collector):
    """One look as Prometheus reads it."""

    def __init__(self, seen: Observed, observer: Observer, sources: Names, reasons: Names) -> None:
        self._seen, self._watched = seen, observer.sources or ()
        self._source, self._reason = sources, reasons
        if seen.books is not None:
            sources.learn([*(one.name for one in self._watched), *_largest(seen.books, lambda one: one.source)])
            reasons.learn(_largest(seen.books, lambda one: one.reason))

    def text(self) -> bytes:
        """The whole page."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Every family that can be known now."""
        seen, books = self._seen, self._seen.books
        yield _gauge("minyi_info", "本程序的版本", ("version",), {(program_version(),): 1})
        yield _gauge("minyi_up", "各部分有没有应答", ("part",), {(one,): float(_up(seen, one)) for one in PARTS})
        yield _gauge("minyi_disk_free_bytes", "数据文件夹所在磁盘的剩余空间", (), {(): seen.free})
        if books is not None:
            yield from self._steps(books)
            yield from self._crawls(books)
            yield from self._ledger(books)
            yield from _backlog(seen, books)
            yield _durations(books)
            yield from self._alarms(books)
        if seen.waiting is not None:
            yield from _lag(seen, seen.waiting)

    def _steps(self, books: Books) -> Iterator[Metric]:
        out = self._outcomes(books)
        came: Counter[tuple[str, ...]] = Counter()
        for (step, source, _), count in out.items():
            came[step, source] += count
        yield _counter("minyi_step_in", "进入各步的条数（采集：链接；入检索：篇）", ("step", "source"), came)
        yield _counter("minyi_step_out", "各步的结果；passed 是往下一步去的", ("step", "source", "outcome"), out)

    def _outcomes(self, books: Books) -> Counter[tuple[str, ...]]:
        out: Counter[tuple[str, ...]] = Counter()
        for one, count in books.tallies.items():
            source = self._source(one.source)
            if one.outcome:
                out[one.step, source, one.outcome] += count
            # Not in it: crawl and search, which count what they do by themselves, and steps of a newer program.
            for step in WAY[: WAY.index(one.step)] if one.step in WAY else ():
                out[step, source, PASSED] += count
        return out

    def _crawls(self, books: Books) -> Iterator[Metric]:
        reasons: Counter[tuple[str, ...]] = Counter()
        for one, count in books.tallies.items():
            if one.reason:
                reasons[self._source(one.source), self._reason(one.reason)] += count
        yield _counter("minyi_crawl_reasons", "采集不成、不许或略去的原因", ("source", "reason"), reasons)
        # A time cannot be added up: of the sources without a name of their own there is none.
        own = self._source.kept
        last = {(masked(name),): parsed(at).timestamp() for name, (_, at) in books.crawls.items() if name in own}
        yield _gauge("minyi_crawl_last_timestamp_seconds", "来源最近一次采集的时间", ("source",), last)
        quiet = {(masked(one.name),): one.quiet.total_seconds() for one in self._watched if one.name in own}
        yield _gauge("minyi_crawl_quiet_seconds", "来源多久没有采集就告警", ("source",), quiet)

    def _ledger(self, books: Books) -> Iterator[Metric]:
        today: Counter[tuple[str, ...]] = Counter()
        for row in books.today:
            for outcome in Outcome:
                today[self._source(row.source), outcome.value] += getattr(row, outcome.value)
        yield _gauge("minyi_ledger_messages", "今天的账目：收到的各条现在怎样", ("source", "outcome"), today)
        aside: Counter[tuple[str, ...]] = Counter()
        for (step, source), count in books.quarantine.items():
            aside[step, self._source(source)] += count
        yield _gauge("minyi_quarantine_messages", "隔离区待处理", ("step", "source"), aside)

    def _alarms(self, books: Books) -> Iterator[Metric]:
        standing: Counter[tuple[str, ...]] = Counter()
        for row in books.alarms:
            part, subject = row.alarm.key
            standing[part, self._source(subject) if part == "sources" else subject] = 1
        yield _gauge("minyi_alarm", "未解除的告警", ("part", "subject"), standing)


def _largest(books: Books, of: Callable[[Ended], str]) -> list[str]:
    sizes: Counter[str] = Counter()
    for one, count in books.tallies.items():
        sizes[of(one)] += count
    return [value for value, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])) if value]


def _up(seen: Observed, part: str) -> bool:
    # Without the store nothing is known of where bus and search should stand: they were not asked.
    return part not in seen.faults and (part == "store" or seen.books is not None)


def _backlog(seen: Observed, books: Books) -> Iterator[Metric]:
    yield _gauge("minyi_outbox_messages", "待转送的来稿（约数）", (), {(): books.outbox})
    receipt = {(): age(seen.oldest_receipt, seen.at).total_seconds()}
    if seen.waiting is None and books.oldest_receipt is None:
        receipt = {}  # it may be on the bus
    yield _gauge("minyi_receipt_age_seconds", "最早一件已给回执、还没处理的来稿等了多久", (), receipt)
    yield _gauge("minyi_projection_backlog_items", "待入检索的篇数", (), {(): books.marks})
    waited = age(books.oldest_mark, seen.at).total_seconds()
    yield _gauge("minyi_projection_age_seconds", "待入检索的最早一篇等了多久", (), {(): waited})
    backup = {(): parsed(books.backup).timestamp()} if books.backup else {}
    yield _gauge("minyi_backup_timestamp_seconds", "最近一次备份的时间；没有备份过则没有这一项", (), backup)


def _lag(seen: Observed, waiting: Waiting) -> Iterator[Metric]:
    lag = {(topic, str(partition)): count for (topic, partition), count in waiting.lag.items()}
    yield _gauge("minyi_lag_messages", "总线上还没处理的条数", ("topic", "partition"), lag)
    ages = {(topic,): age(waiting.oldest.get(topic), seen.at).total_seconds() for topic in TOPICS}
    yield _gauge("minyi_lag_age_seconds", "总线上最早一条还没处理的消息等了多久", ("topic",), ages)


def _durations(books: Books) -> Metric:
    found = HistogramMetricFamily("minyi_stage_duration_seconds", "每批各阶段的用时", labels=("stage",))
    for one in books.durations:
        sums = accumulate(one.counts.get(upper, 0) for upper in UPPERS)
        ends = ("+Inf" if upper == ENDLESS else str(upper / 1000) for upper in UPPERS)
        found.add_metric((one.stage,), [*zip(ends, sums, strict=True)], one.seconds)
    return found


def _gauge(name: str, said: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    found = GaugeMetricFamily(name, said, labels=labels)
    for key, value in sorted(values.items()):
        found.add_metric(key, value)
    return found


def _counter(name: str, said: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    found = CounterMetricFamily(name, said, labels=labels)
    for key, value in sorted(values.items()):
        found.add_metric(key, value)
    return found
