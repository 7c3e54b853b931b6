"""Rules as data: what a site may change by files of its own, read once into validated values.

Shipped files lie beside this module; a file of the same name in `MINYI_HOME/rules` wins. The one exception is
`regions.yaml`, which adds to the shipped table or renames in it. Every part has a version, a hash of its
values: a comment or a blank line changes nothing, a keyword does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.identity import digest
from pipeline.rules.reasons import Reasons, load_reasons
from pipeline.rules.regions import Regions, load_regions
from pipeline.rules.retention import Retention
from pipeline.rules.scoring import Scoring
from pipeline.rules.series import Series, load_series
from pipeline.rules.taxonomy import Scheme
from pipeline.rules.yamlfile import RuleModel, load_yaml

SHIPPED = Path(__file__).parent


@dataclass(frozen=True)
class Rules:
    """The rules in force. `version` hashes every part, `versions` each one; both are stored beside what they
    decided."""

    taxonomy: Scheme
    regions: Regions
    scoring: Scoring
    retention: Retention
    series: Mapping[str, Series]
    reasons: Reasons
    version: str
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def reading(self) -> str:
        """The version of what makes a reading: taxonomy, regions, scoring. A new masthead leaves it as it is."""
        return digest(*(self.versions.get(part, "") for part in ("taxonomy", "regions", "scoring")))


def load_rules(site_dir: Path) -> Rules:
    """The shipped rules with the site's own over them; a missing `site_dir` is fine. Raises RuleError."""
    taxonomy = load_yaml(file_in_force(site_dir, "taxonomy.yaml"), Scheme)
    regions = load_regions(site_dir / "regions.yaml")
    scoring = load_yaml(file_in_force(site_dir, "scoring.yaml"), Scoring)
    retention = load_yaml(file_in_force(site_dir, "retention.yaml"), Retention)
    series = load_series(site_dir)
    reasons = load_reasons(site_dir)
    versions = {
        "taxonomy": version_of(taxonomy),
        "regions": regions.version,
        "scoring": version_of(scoring),
        "retention": version_of(retention),
        "series": version_of(*series.values()),
        "reasons": version_of(reasons),
    }
    return Rules(taxonomy, regions, scoring, retention, series, reasons, digest(*versions.values()), versions)


def file_in_force(site_dir: Path, name: str) -> Path:
    """The site's file of this name, else the shipped one."""
    own = site_dir / name
    return own if own.is_file() else SHIPPED / name


def version_of(*parts: RuleModel) -> str:
    """A hash of the values alone."""
    return digest(*(part.model_dump_json() for part in parts))
