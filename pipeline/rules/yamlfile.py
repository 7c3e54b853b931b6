"""A YAML file that a person wrote → a validated value, or one sentence saying what to change and on which line.

Refused: unknown and doubled fields, anchors and aliases (a small file could unfold to gigabytes), more than
1 MB, nesting deeper than 32. The error names file, line, field and what may be written there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import RuleError


class RuleModel(BaseModel):
    """What every shape read by `load_yaml` derives from: frozen, and an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Shape = TypeVar("Shape", bound=BaseModel)


def load_yaml(path: Path, model: type[Shape]) -> Shape:
    """The file's content as `model`. Raises RuleError naming file, line, field and the valid values."""
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise RuleError("规则文件有误", where=str(path)) from error
