"""What a run is told to do: one pydantic model, every field with a type, a default that works, and one line saying what it does.

Two kinds of setting. Most make the dataset what it is, so a run keeps them for life: continuing with another value is drift and is
refused. Those marked `live` (limits, pace, where the teacher is reached) may differ at every start.

`Config` is a value: it reads no file and no environment (`seedgen.config.layers` does), and refuses unknown keys, naming the nearest one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from seedgen.config.kinds import KindFacts, kinds
from seedgen.errors import UsageError
from seedgen.language.text import seconds
from seedgen.language.traits import LANGUAGES
from seedgen.records import Compare
from seedgen.registry import foreign

AUTO, AUTO_MOST = 20, 512
"""Calls at once where nobody says how many: at first, and at most."""
Share = Annotated[float, Field(gt=0, le=1)]
Role = Literal["propose", "respond"]


Kind = Literal["kept", "live", "template", "recorded"]
"""What a run makes of a setting: keeps its value for life; lets it change at every start; keeps the text of the template it names; or
has it in its own record (the window as resolved; seeds, taxonomy and evaluation files by content)."""


def marked(kind: Kind, default: Any, description: str, **rules: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"kind": kind}, **rules)


def live(default: Any, description: str, **rules: Any) -> Any:
    """A field that may change between starts of the same run."""
    return marked("live", default, description, **rules)


def template(default: str, description: str) -> Any:
    """A field that names a prompt template: a bundled one, or a path."""
    return marked("template", default, f"template (bundled name or path) that {description}")


def kind_of(info: FieldInfo) -> Kind:
    extra = info.json_schema_extra
    return cast(Kind, extra["kind"]) if isinstance(extra, dict) and "kind" in extra else "kept"


class Section(BaseModel):
    """Base of all sections: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def one_of(name: str, known: Collection[str], what: str) -> str:
    """The name, if it is known. Raises `ValueError` naming those that are."""
    if name in known:
        return name
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    there = f"there are: {', '.join(known)}" if known else "no package that is installed brings one"
    raise ValueError(f'no {what} "{name}"; {there}' + (f'; did you mean "{near[0]}"?' if near else ""))


class TeacherConfig(Section):
    kind: str = Field(
        "local",
        description="local (bundled SmolLM2), scripted (deterministic, for trials), openai (any compatible server) or another package's",
    )
    model: str = Field("", description="model name sent to the server; empty: the bundled one, or the server's only one")
    base_url: str = live("", "where an openai-compatible server listens, with /v1")
    api_key_env: str = live("OPENAI_API_KEY", "name of the environment variable that holds the key")
    api: Literal["chat", "completion"] | None = Field(None, description="how to ask; default: completion for local, chat otherwise")
    weight: float = Field(1.0, description="share of the calls this teacher gets among those of the same role", ge=0)
    roles: tuple[Role, ...] = Field(
        ("propose", "respond"), description="what it is asked for: new tasks, their answers, or both", min_length=1
    )
    temperature: float = Field(0.7, description="sampling temperature", ge=0, le=2)
    top_p: float = Field(0.95, description="nucleus sampling", gt=0, le=1)
    max_tokens: int | None = Field(None, description="most tokens in one answer; default: what the template says", ge=1)
    input_price: float | None = Field(None, description="US dollars per million prompt tokens; default: genai-prices, else unknown", ge=0)
    output_price: float | None = Field(None, description="US dollars per million completion tokens", ge=0)
    cached_price: float | None = Field(None, description="US dollars per million cached prompt tokens; default: input_price", ge=0)
    timeout: float = live(120.0, "seconds one attempt may take in all", gt=0)
    call_timeout: float = live(900.0, "seconds one call may take over all its attempts, but for waits that the teacher asks for", gt=0)
    attempts: int = live(6, "how often one call is tried before its ticket gives up", ge=1)
    requests_per_minute: float | None = live(None, "requests a minute, evenly spread; default: as many as the server takes", gt=0)
    tokens_per_minute: float | None = live(None, "tokens (prompt + completion) a minute, likewise", gt=0)
    slots: int = live(4, "parallel requests of the bundled model", ge=1, le=64)
    latency: float = live(0.0, "scripted only: seconds an answer takes", ge=0)

    @field_validator("kind")
    @classmethod
    def known_kind(cls, kind: str) -> str:
        return one_of(kind, kinds(), "teacher of kind")

    @property
    def facts(self) -> KindFacts:
        """What these settings mean for a teacher of this kind."""
        return kinds()[self.kind]

    @property
    def chat(self) -> bool:
        return (self.api or self.facts.api) == "chat"


class SelfInstructConfig(Section):
    weight: float = Field(1.0, description="share of the tickets that use this recipe", ge=0)
    seeds: int = Field(6, description="seed tasks shown in a prompt", ge=0)
    machine: int = Field(2, description="admitted instructions shown in a prompt, once there are any", ge=0)
    count: int = Field(8, description="new instructions asked for in one call", ge=1)
    propose: str = template("self-instruct-propose", "asks for instructions")
    classify: str = template("self-instruct-classify", "asks whether a task is a classification")
    input_first: str = template("self-instruct-input-first", "asks for input, then output")
    output_first: str = template("self-instruct-output-first", "asks for label, then input (classification)")


class AlpacaConfig(Section):
    weight: float = Field(0.0, description="share of the tickets that use this recipe", ge=0)
    seeds: int = Field(3, description="seed tasks shown in a prompt", ge=0)
    machine: int = Field(0, description="admitted tasks of this recipe shown in a prompt, once there are any", ge=0)
    count: int = Field(10, description="new tasks asked for in one call", ge=1)
    propose: str = template("alpaca", "asks for whole tasks")


class RecipesConfig(Section):
    self_instruct: SelfInstructConfig = Field(
        default=SelfInstructConfig(), alias="self-instruct", description="instructions first, answers later"
    )
    alpaca: AlpacaConfig = Field(default=AlpacaConfig(), description="one call gives instruction, input and output")

    @model_validator(mode="after")
    def some_weight(self) -> RecipesConfig:
        if not self.weights():
            raise ValueError("at least one recipe needs a weight above 0")
        return self

    def weights(self) -> dict[str, float]:
        """Recipe name to weight, for those with any."""
        named = {"self-instruct": self.self_instruct.weight, "alpaca": self.alpaca.weight}
        return {name: weight for name, weight in named.items() if weight > 0}


class ShapeConfig(Section):
    min_words: int = Field(3, description="shortest instruction, in words", ge=1)
    max_words: int = Field(150, description="longest instruction, in words", ge=1)
    banned: tuple[str, ...] = Field(
        (
            "image", "images", "graph", "graphs", "picture", "pictures", "photo", "file", "files", "map", "draw", "plot", "go to", "video",
            "audio", "flowchart", "diagram",
        ),
        description="whole words or phrases that a text-only task cannot be about",
    )  # fmt: skip
    requests_only: bool = Field(True, description="refuse what is plainly a statement and asks for nothing (English only)")


class DecontaminationConfig(Section):
    files: tuple[str, ...] = marked("recorded", (), "evaluation files (.jsonl, .json or .txt) that no task may overlap with")
    ngram: int = Field(13, description="refused with so many words in a row that an evaluation item has too", ge=5)
    threshold: float = Field(0.7, description="refused above this ROUGE-L F1 with an evaluation item", gt=0, le=1)


class LanguageConfig(Section):
    allowed: tuple[str, ...] = Field((), description="languages let through, as ISO 639-1 codes (en, fr …); none named: all")
    unknown: bool = Field(True, description="if languages are named, let through what is too short to tell")

    @field_validator("allowed")
    @classmethod
    def known_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if code not in LANGUAGES:
                near = difflib.get_close_matches(code.strip().lower()[:2], sorted(LANGUAGES), 1, 0.5)
                raise ValueError(f'"{code}" is no language that can be told' + (f'; did you mean "{near[0]}"?' if near else ""))
        return codes


class PrivacyConfig(Section):
    secrets: bool = Field(True, description="refuse keys, tokens and passwords of known shapes")
    pii: bool = Field(False, description="refuse e-mail addresses, telephone, card, account and social security numbers, IP addresses")


class BalanceConfig(Section):
    enabled: bool = Field(True, description="cap the share of any one verb, verb-noun pair and category")
    warmup: int = Field(100, description="pool size (without seeds) from which shares count; below it a cap is a share of this", ge=1)
    max_verb: Share = Field(0.2, description="largest share of one verb among admitted instructions")
    max_pair: Share = Field(0.05, description="largest share of one verb-noun pair")
    max_category: Share = Field(0.4, description="largest share of one category")


class RougeConfig(Section):
    enabled: bool = Field(True, description="refuse near duplicates by ROUGE-L")
    threshold: float = Field(0.7, description="refused above this ROUGE-L F1 with any seed or admitted instruction", gt=0, le=1)


class SemanticConfig(Section):
    enabled: bool = Field(True, description="refuse paraphrases by the cosine of sentence embeddings")
    threshold: float = Field(0.9, description="refused above this cosine with any seed or admitted instruction", gt=0, le=1)
    model: str = Field("bundled", description="sentence-transformers model: bundled (all-MiniLM-L6-v2), a path or a hub id; or a server's")
    base_url: str = live("", "OpenAI-compatible server that makes the embeddings, with /v1; empty: the model runs here")
    api_key_env: str = live("OPENAI_API_KEY", "name of the environment variable that holds that server's key")


class GateConfig(Section):
    compare: Compare = Field(
        "instruction", description="what exact, rouge and semantic compare: the instruction, or the task: with the input it came with"
    )
    shape: ShapeConfig = Field(default=ShapeConfig(), description="length, format, banned words, characters")
    decontamination: DecontaminationConfig = Field(default=DecontaminationConfig(), description="overlap with evaluation data")
    language: LanguageConfig = Field(default=LanguageConfig(), description="languages")
    privacy: PrivacyConfig = Field(default=PrivacyConfig(), description="secrets and personal data")
    custom: tuple[str, ...] = Field((), description="filters of your own: functions of a candidate, as module:function")
    balance: BalanceConfig = Field(default=BalanceConfig(), description="caps on verbs, verb-noun pairs and categories")
    rouge: RougeConfig = Field(default=RougeConfig(), description="word overlap")
    semantic: SemanticConfig = Field(default=SemanticConfig(), description="meaning")

    @field_validator("custom")
    @classmethod
    def function_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [name for name in names if not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", name)]:
            raise ValueError(f'"{odd[0]}" names no function; write module:function')
        if again := [name for name in names if names.count(name) > 1]:
            raise ValueError(f'"{again[0]}" is named twice')
        return names


class SteerConfig(Section):
    enabled: bool = Field(True, description="ask for the kinds of task, tiers and verbs that the pool lacks")
    taxonomy: str = marked(
        "recorded",
        "seeds",
        "categories and weights: seeds (taxonomy.toml in their folder, else their own categories), bundled, or a TOML file",
    )
    watch: bool = Field(True, description="answer a collapse of acceptance, novelty or verbs; stop when no answer helps")
    watch_tickets: int = Field(30, description="tickets over which these are measured, at least the window", ge=1)
    min_acceptance: float = live(0.05, "stop when no answer to a collapse brings more than this share of the candidates in", ge=0, le=1)


class OutputConfig(Section):
    max_words: int = Field(1200, description="longest output, in words", ge=1)
    instances: int = Field(1, description="most instances kept for one instruction", ge=1)
    checks: tuple[str, ...] = Field((), description="checks of other packages to apply, by name")

    @field_validator("checks")
    @classmethod
    def checks_of_others(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one_of(name, sorted(foreign("seedgen.check")), "check of another package called") for name in names)


class LimitsConfig(Section):
    max_cost: float | None = live(None, "US dollars this run may cost", gt=0)
    max_tokens: int | None = live(None, "tokens (prompt + completion) this run may use", gt=0)
    max_requests: int | None = live(None, "requests this run may send", gt=0)
    max_time: float | None = live(None, "seconds this start may take, or as 90s, 30m, 2h, 1d", gt=0)
    max_wait: float = live(3600.0, "longest wait for a teacher that is down or asks for patience, in seconds or as 2h; then it stops", ge=0)
    stall_tickets: int = live(200, "stop after this many tickets in a row without an accepted item", ge=1)

    @field_validator("max_time", "max_wait", mode="before")
    @classmethod
    def duration(cls, value: Any) -> Any:
        return seconds(value) if isinstance(value, str) else value


class Config(Section):
    target: int = live(100, "accepted items to end with, exactly", ge=1, le=1_000_000_000)
    seed: int = Field(0, description="random seed of every draw")
    seeds: tuple[str, ...] = marked(
        "recorded", ("bundled",), "seed files or folders; bundled: the tasks that come with seedgen", min_length=1
    )
    window: int | None = marked(
        "recorded",
        None,
        "tickets that may be open at once; fixed when the run is made; default: target / 32, from 8 to 1024",
        ge=1,
        le=65_536,
    )
    concurrency: int | None = live(
        None, "calls in flight at once to one teacher, at most the window; default (auto): from 20 on, as many as the server takes", ge=1
    )
    teachers: dict[str, TeacherConfig] = Field(default={"main": TeacherConfig()}, description="teachers by name", min_length=1)
    recipes: RecipesConfig = Field(default=RecipesConfig(), description="how new tasks are asked for")
    steer: SteerConfig = Field(default=SteerConfig(), description="what is asked for")
    gate: GateConfig = Field(default=GateConfig(), description="what is refused")
    output: OutputConfig = Field(default=OutputConfig(), description="checks on finished items")
    limits: LimitsConfig = Field(default=LimitsConfig(), description="when to stop short of the target")

    @field_validator("teachers")
    @classmethod
    def plain_names(cls, teachers: dict[str, TeacherConfig]) -> dict[str, TeacherConfig]:
        if odd := [name for name in teachers if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name)]:
            raise ValueError(f'"{odd[0]}" is no teacher name; use letters, digits, "_" and "-"')
        return teachers

    @model_validator(mode="after")
    def every_role_is_played(self) -> Config:
        for role in get_args(Role):
            if not any(role in t.roles and t.weight > 0 for t in self.teachers.values()):
                raise ValueError(f'no teacher with a weight above 0 has the role "{role}"')
        return self

    @property
    def resolved_window(self) -> int:
        """The window a new run gets: as configured, else from the target, so that small runs see machine-made examples early."""
        return self.window or min(1024, max(8, self.target // 32))

    def concurrency_of(self, teacher: str, window: int) -> tuple[int, int]:
        """How many calls at once this teacher gets at first, and at most. The local model takes no more than it has slots."""
        settings = self.teachers[teacher]
        most = self.concurrency or AUTO_MOST
        most = min(most, window, settings.slots if settings.facts.slots else most)
        return min(most, self.concurrency or AUTO), most

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)

    def kept(self) -> dict[str, Any]:
        """The settings whose values a run keeps for life, as dotted key to JSON value."""
        return self.of_kind("kept")

    def of_kind(self, kind: Kind) -> dict[str, Any]:
        """The settings of one kind, as dotted key to JSON value."""
        return {path: value for path, value, found in leaves(self) if found == kind}

    def digest(self) -> str:
        """SHA-256 (hex) over `kept()`."""
        return digest_of(self.model_dump(mode="json", by_alias=True))


def digest_of(data: Mapping[str, Any]) -> str:
    """The digest of a config as it was written: over the kept settings that are in `data`, whatever others there are by now."""
    kept = {path: value for path, value in parse_config(data, "config").kept().items() if is_in(path, data)}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def is_in(path: str, data: Any) -> bool:
    """Whether nested plain data holds something at a dotted key."""
    for part in path.split("."):
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, Kind]]:
    """Every setting as (dotted key, JSON value, kind), in the order of declaration."""
    for name, info in type(section).model_fields.items():
        value, path = getattr(section, name), prefix + (info.alias or name)
        if isinstance(value, BaseModel):
            yield from leaves(value, path + ".")
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from leaves(inner, f"{path}.{key}.")
        else:
            yield path, list(value) if isinstance(value, tuple) else value, kind_of(info)


def parse_config(data: Mapping[str, Any], source: str) -> Config:
    """A `Config` from nested plain data. `source` names where it came from, for messages.

    Raises `UsageError` naming each faulty key and, for an unknown one, the nearest known key.
    """
    try:
        return Config.model_validate(data)
    except ValidationError as exc:
        raise UsageError("\n".join(f"{source}: {explain(error)}" for error in exc.errors())) from exc


def with_settings(data: Mapping[str, Any], settings: Mapping[str, Any], source: str) -> Config:
    """The config in `data` with these dotted keys set. Raises `UsageError` naming `source`."""
    return parse_config(with_values(data, settings, source), source)


def with_values(data: Mapping[str, Any], settings: Mapping[str, Any], source: str = "config") -> dict[str, Any]:
    """A copy of nested plain data with these dotted keys set. Raises `UsageError` naming `source`."""
    changed: dict[str, Any] = json.loads(json.dumps(data))
    for key, value in settings.items():
        section = changed
        *path, last = key.split(".")
        for part in path:
            section = section.setdefault(part, {})
            if not isinstance(section, dict):
                raise UsageError(f'{source}: in "{key}", "{part}" is a value, not a section')
        section[last] = value
    return changed


def explain(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"{where}: {message}" if where else message
    key = str(error["loc"][-1])
    siblings = known_keys(error["loc"][:-1])
    near = difflib.get_close_matches(key, siblings, 1, 0.5) or difflib.get_close_matches(key, siblings, 1, 0)
    return f'unknown key "{where}"' + (f'; did you mean "{near[0]}"?' if near else "")


def known_keys(path: tuple[Any, ...]) -> list[str]:
    """The keys allowed in the section at `path`."""
    model: type[BaseModel] = Config
    for part in path:
        by_key = {info.alias or name: info for name, info in model.model_fields.items()}
        if part not in by_key:
            continue  # the name of a teacher: stay in its section type
        annotation = by_key[part].annotation
        model = (
            TeacherConfig
            if part == "teachers"
            else annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel)
            else model
        )
    return [info.alias or name for name, info in model.model_fields.items()]
