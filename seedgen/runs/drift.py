"""Whether a start agrees with the run it means to go on with, and the config they go on with.

A run keeps what made it: its settings, the content of its seeds, templates and evaluation files. Where these lie on disk does not
matter, and live settings may differ. What a start gives is compared, setting by setting; what disagrees is named, and nothing is changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedgen.ask.prompt import Template, read_template
from seedgen.config.model import Config, stored_config
from seedgen.draw.taxonomy import Taxonomy, stored_taxonomy
from seedgen.errors import ConfigDrift, UsageError
from seedgen.inputs.evaluation import evaluation_digest
from seedgen.records import EvaluationItem, SeedTask
from seedgen.store.ports import Kept


@dataclass(frozen=True, slots=True)
class Made:
    """What makes a run what it is: as a start gives it, or as the run has kept it."""

    config: Config
    seeds: Sequence[SeedTask]
    templates: Mapping[str, Template]
    taxonomy: Taxonomy
    evaluation: Sequence[EvaluationItem] = ()


def remembered(kept: Kept, changes: Mapping[str, Any]) -> Made:
    """What a run has kept, with these settings (by dotted key) changed. Raises `UsageError`."""
    source = f"run {kept.record.name}"
    config = stored_config(kept.record.config, source, changes)
    templates = {name: read_template(name, text) for name, text in kept.templates.items()}
    return Made(config, kept.seeds, templates, stored_taxonomy(kept.record.taxonomy, source), kept.evaluation)


def continued(kept: Kept, made: Made) -> Made:
    """What the run goes on with: its own, with the live settings of this start.

    Raises `ConfigDrift` naming every setting that is not what the run was made with, `UsageError` if it is a regated one.
    """
    record, config = kept.record, made.config
    source = f"run {record.name}"
    if record.regated_from:
        raise UsageError(
            f"{source} judged the saved answers of {record.regated_from} again and has no draws of its own to go on with; go on with "
            f"that one: seedgen resume {record.regated_from}; or judge its answers once more: seedgen regate {record.regated_from}"
        )
    own = stored_config(record.config, source)
    given = with_models(config, {name: teacher.model for name, teacher in own.teachers.items()})
    drift = differing(own.kept(), given.kept())
    if record.seeds_digest != seeds_digest(made.seeds):
        drift.append("seeds: the tasks themselves changed")
    old, new = template_texts(own, kept.templates), template_texts(given, {name: t.source for name, t in made.templates.items()})
    drift += [f"{key}: its text changed" for key in old if old[key] != new.get(key)]
    if record.taxonomy != made.taxonomy.to_json():
        drift.append("steer.taxonomy: the categories changed")
    if record.evaluation_digest != evaluation_digest(made.evaluation):
        drift.append("gate.decontamination.files: the evaluation items changed")
    if config.target < record.target:
        drift.append(f"target: was {record.target}, now {config.target}; it can only grow")
    if config.window and config.window != record.window:
        drift.append(f"window: was {record.window}, now {config.window}")
    if drift:
        raise ConfigDrift(
            "\n".join([f'run "{record.name}" was made with other settings:', *(f"  {line}" for line in drift)])
            + f"\ngo on with its own: seedgen resume {record.name}; or give the new run another --name"
        )
    return remembered(kept, given.of_kind("live"))


def template_texts(config: Config, sources: Mapping[str, str]) -> dict[str, str | None]:
    """The text behind each setting that names a template; None where its recipe is not in use."""
    return {setting: sources.get(name) for setting, name in config.of_kind("template").items()}


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line a setting that differs."""
    return [f"{key}: was {shown(old.get(key))}, now {shown(new.get(key))}" for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def with_models(config: Config, models: Mapping[str, str]) -> Config:
    """The config with the models of teachers that name none filled in, so that a run keeps those it started with."""
    teachers = {name: t.model_copy(update={"model": t.model or models.get(name, "")}) for name, t in config.teachers.items()}
    return config.model_copy(update={"teachers": teachers})


def seeds_digest(seeds: Sequence[SeedTask]) -> str:
    """SHA-256 (hex) over the tasks' content, in order; where they were read from does not matter."""
    content = [{name: value for name, value in seed.as_json().items() if name != "source"} for seed in seeds]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
