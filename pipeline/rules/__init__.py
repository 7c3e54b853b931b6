"""Rules as data: what a site may change by files of its own, read once into validated values.

Shipped files lie beside this module; a file of the same name in `MINYI_HOME/rules` wins. The one exception is
`regions.yaml`, which adds to the shipped table or renames in it. Every part has a version, a hash of its
values: a comment or a blank line changes nothing, a keyword does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from pipeline.errors import RuleError
from pipeline.identity import digest
from pipeline.rules.reasons import Reasons, load_reasons
from pipeline.rules.regions import Regions, load_regions
from pipeline.rules.retention import Retention
from pipeline.rules.scoring import Scoring
from pipeline.rules.series import Series, load_series
from pipeline.rules.taxonomy import Scheme
from pipeline.rules.watch import Watch
from pipeline.rules.yamlfile import RuleModel, load_yaml

SHIPPED = Path(__file__).parent
PARTS = ("taxonomy", "regions", "scoring", "retention", "series", "reasons", "watch")


class Rules:
    """The rules in force. Each file is read when its part is first asked for, so that a fault in one holds up what
    needs that one alone. `version` hashes every part, `versions` each one; both are stored beside what they decided.
    Every part raises RuleError."""

    def __init__(self, site_dir: Path) -> None:
        self._site_dir = site_dir

    @cached_property
    def taxonomy(self) -> Scheme:
        """The classification scheme."""
        return load_yaml(file_in_force(self._site_dir, "taxonomy.yaml"), Scheme)

    @cached_property
    def regions(self) -> Regions:
        """Divisions and their names."""
        return load_regions(self._site_dir / "regions.yaml")

    @cached_property
    def scoring(self) -> Scoring:
        """Weights of the 参考排序."""
        return load_yaml(file_in_force(self._site_dir, "scoring.yaml"), Scoring)

    @cached_property
    def retention(self) -> Retention:
        """Days that things are kept."""
        return load_yaml(file_in_force(self._site_dir, "retention.yaml"), Retention)

    @cached_property
    def series(self) -> Mapping[str, Series]:
        """Name → series."""
        return load_series(self._site_dir)

    @cached_property
    def reasons(self) -> Reasons:
        """Dictionaries of the desk's acts."""
        return load_reasons(self._site_dir)

    @cached_property
    def watch(self) -> Watch:
        """From when on an alarm is raised."""
        return load_yaml(file_in_force(self._site_dir, "watch.yaml"), Watch)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Each part's version: reads every file."""
        return {
            "taxonomy": version_of(self.taxonomy),
            "regions": self.regions.version,
            "scoring": version_of(self.scoring),
            "retention": version_of(self.retention),
            "series": version_of(*self.series.values()),
            "reasons": version_of(self.reasons),
            "watch": version_of(self.watch),
        }

    @cached_property
    def version(self) -> str:
        """The version of all: reads every file."""
        return digest(*self.versions.values())

    @cached_property
    def reading(self) -> str:
        """The version of what makes a reading: taxonomy, regions, scoring. A new masthead leaves it as it is."""
        return digest(version_of(self.taxonomy), self.regions.version, version_of(self.scoring))

    def for_reading(self) -> Self:
        """With what makes a reading in memory: a fault is met before the work, not taken for a message's in it."""
        _ = self.reading
        return self

    def faults(self) -> list[RuleError]:
        """What is wrong, a file each."""
        found: list[RuleError] = []
        for part in PARTS:
            try:
                getattr(self, part)
            except RuleError as error:
                found.append(error)
        return found


def load_rules(site_dir: Path) -> Rules:
    """The shipped rules with the site's own over them, every file read; a missing `site_dir` is fine. Raises
    RuleError."""
    rules = Rules(site_dir)
    _ = rules.version
    return rules


def file_in_force(site_dir: Path, name: str) -> Path:
    """The site's file of this name, else the shipped one."""
    own = site_dir / name
    return own if own.is_file() else SHIPPED / name


def version_of(*parts: RuleModel) -> str:
    """A hash of the values alone."""
    return digest(*(part.model_dump_json() for part in parts))
