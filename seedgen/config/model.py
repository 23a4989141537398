"""What a run is told to do: one pydantic model, every field with a type, a default that works, and one line saying what it does.

What kinds of setting there are is said in `section`. Recipes and filters bring their own sections, in their own files.

`Config` is a value: it reads no file and no environment (`layers` does), and refuses unknown keys, naming the nearest one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedgen.config.kinds import KindFacts, kinds
from seedgen.config.secrets import fault_of
from seedgen.config.section import LARGEST_WEIGHT, STORED, Kind, OpenSection, RecipeSection, Section, leaves, live, marked
from seedgen.config.words import fault, merged
from seedgen.errors import NotInstalled, UsageError
from seedgen.language.text import seconds
from seedgen.records import PROPOSE, RESPOND, Compare, Role, Step
from seedgen.registry import foreign, plugins

AUTO, AUTO_MOST = 20, 512
"""Calls at once where nobody says how many: at first, and at most."""
LARGEST_COUNT = 10**15
NOT_INSTALLED = "not_installed"
Omit = Literal["omit"]
OURS = (
    "model",
    "messages",
    "prompt",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "stop",
    "n",
    "seed",
    "response_format",
    "stream",
)
"""What seedgen sets in a request by itself, or could not read the answer of."""
SECRET = re.compile(r"auth|key|token|secret|cookie|password|credential", re.IGNORECASE)
"""In the name of a header: what it says is not to be written down."""


def one_of(name: str, known: Collection[str], what: str) -> str:
    """The name, if it is known. Raises an error for pydantic, naming those that are."""
    if name in known:
        return name
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    there = f"there are: {', '.join(known)}" if known else "no package that is installed brings one"
    said = f'no {what} "{name}"; {there}' + (f'; did you mean "{near[0]}"?' if near else "")
    raise PydanticCustomError(NOT_INSTALLED, "{said}", {"said": said})


class TeacherConfig(Section):
    kind: str = Field(
        "local",
        description="local (bundled SmolLM2), scripted (deterministic, for trials), openai (any compatible server) or another package's",
    )
    model: str = Field("", description="model name sent to the server; empty: the bundled one, or the server's only one")
    base_url: str = live("", "where an openai-compatible server listens, with /v1")
    api_key_env: str = live("OPENAI_API_KEY", "name of the environment variable that holds the key")
    api: Literal["chat", "completion"] | None = Field(None, description="how to ask; default: completion for local, chat otherwise")
    weight: float = Field(1.0, description="share of the calls this teacher gets among those of the same role", ge=0, le=LARGEST_WEIGHT)
    roles: tuple[Role, ...] = Field(
        ("propose", "respond"),
        description="what it is asked for: propose, respond, classify …; what no teacher is named for falls to those that respond",
        min_length=1,
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | Omit = Field(0.7, description='sampling temperature; "omit": not sent')
    top_p: Annotated[float, Field(gt=0, le=1)] | Omit = Field(0.95, description='nucleus sampling; "omit": not sent')
    max_tokens: Annotated[int, Field(ge=1)] | Omit | None = Field(
        None, description='most tokens in one answer, at least 16; default: what the template says; "omit": not sent'
    )
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] | None = Field(
        None, description="what the server calls that limit; default: by its address and model, or by what it asks for"
    )
    stop: Literal["template", "omit"] = Field("template", description='what ends an answer: what the template says; "omit": not sent')
    structured: Literal["off", "auto", "on"] = Field(
        "off", description="whether lists are asked for by a JSON schema (chat only): off, on, or auto: until the server refuses it"
    )
    extra_body: dict[str, Any] = Field(default={}, description="more parameters, sent with every request as they are (top_k, …)")
    extra_headers: dict[str, str] = live({}, "more headers, sent with every request; env:NAME is read from the environment, and not kept")
    api_version: str = live("", "sent as ?api-version=, as Azure wants it; the key then goes as api-key")
    input_price: float | None = Field(None, description="US dollars per million prompt tokens; default: genai-prices, else unknown", ge=0)
    output_price: float | None = Field(None, description="US dollars per million completion tokens", ge=0)
    cached_price: float | None = Field(None, description="US dollars per million cached prompt tokens; default: input_price", ge=0)
    timeout: float = live(120.0, "seconds one attempt may take in all", gt=0)
    call_timeout: float = live(900.0, "seconds one call may take over all its attempts, but for waits that the teacher asks for", gt=0)
    attempts: int = live(6, "how often one call is tried before its ticket gives up", ge=1, le=1_000_000)
    requests_per_minute: float | None = live(None, "requests a minute, evenly spread; default: as many as the server takes", gt=0)
    tokens_per_minute: float | None = live(None, "tokens (prompt + completion) a minute, likewise", gt=0)
    slots: int = live(4, "parallel requests of the bundled model", ge=1, le=64)
    latency: float = live(0.0, "scripted only: seconds an answer takes", ge=0)

    @field_validator("kind")
    @classmethod
    def known_kind(cls, kind: str) -> str:
        return one_of(kind, kinds(), "teacher of kind")

    @field_validator("extra_body")
    @classmethod
    def not_ours(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if ours := [name for name in extra if name in OURS]:
            raise ValueError(f'"{ours[0]}" is set by seedgen; see the other settings of the teacher')
        return extra

    @field_validator("extra_headers")
    @classmethod
    def no_secrets(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if name.lower() == "authorization":
                raise ValueError("authorization comes from api_key_env")
            if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not (value.isascii() and value.isprintable()):
                raise ValueError("a header has a name of letters, digits and -, and a value of printable ASCII")
            if SECRET.search(name) and not value.startswith("env:"):
                raise ValueError(
                    f'the value of "{name}" is perhaps a secret, and would be kept with the run; write env:NAME for a variable'
                )
        return headers

    @property
    def facts(self) -> KindFacts:
        """What these settings mean for a teacher of this kind."""
        return kinds()[self.kind]

    @property
    def chat(self) -> bool:
        return (self.api or self.facts.api) == "chat"


@runtime_checkable
class Asking(Protocol):
    """What is known here of a recipe: the role of each question it may ask."""

    @property
    def name(self) -> str: ...
    @property
    def steps(self) -> Mapping[Step, Role]: ...


class RecipesConfig(OpenSection):
    """How new tasks are asked for: a section for each recipe."""

    door = "seedgen.recipes"

    @model_validator(mode="after")
    def some_weight(self) -> RecipesConfig:
        if not self.weights():
            raise ValueError("at least one recipe needs a weight above 0")
        return self

    def weights(self) -> dict[str, float]:
        """Recipe name to weight, for those with any."""
        sections = self.sections().items()
        return {name: section.weight for name, section in sections if isinstance(section, RecipeSection) and section.on}

    def roles(self, *, used: bool = False) -> set[Role]:
        """What teachers can be asked for; only by the recipes that have a weight, if asked for what is `used`."""
        kinds = plugins(self.door, Asking)  # type: ignore[type-abstract]  # a protocol that can be checked at run time
        wanted = self.weights() if used else kinds
        return {role for name in wanted for role in kinds[name].steps.values()}


class GateConfig(OpenSection):
    """What is refused: a section for each filter, in the order in which they are asked."""

    door = "seedgen.gate"
    compare: Compare = Field(
        "instruction", description="what exact, rouge and semantic compare: the instruction, or the task: with the input it came with"
    )
    custom: tuple[str, ...] = Field((), description="filters of your own: functions of a candidate, as module:function")

    @field_validator("custom")
    @classmethod
    def function_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [name for name in names if not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", name)]:
            raise ValueError(f'"{odd[0]}" names no function; write module:function')
        if again := [name for name in names if names.count(name) > 1]:
            raise ValueError(f'"{again[0]}" is named twice')
        return names


class Player(Protocol):
    """What says whether a teacher is asked for something: its config, or the teacher itself in a run."""

    @property
    def weight(self) -> float: ...
    @property
    def roles(self) -> Sequence[Role]: ...


P = TypeVar("P", bound=Player)


def asked_for(role: Role, teachers: Mapping[str, P]) -> dict[str, P]:
    """Who is asked for this, by name: the teachers named for the role that have a weight; but for proposals, else those that respond."""
    playing = {name: each for name, each in sorted(teachers.items()) if each.weight > 0}
    named = {name: each for name, each in playing.items() if role in each.roles}
    return named or ({} if role == PROPOSE else {name: each for name, each in playing.items() if RESPOND in each.roles})


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
    max_tokens: int | None = live(None, "tokens (prompt + completion) this run may use", gt=0, le=LARGEST_COUNT)
    max_requests: int | None = live(None, "requests this run may send", gt=0, le=LARGEST_COUNT)
    max_time: float | None = live(None, "seconds this start may take, or as 90s, 30m, 2h, 1d", gt=0)
    max_wait: float = live(3600.0, "longest wait for a teacher that is down or asks for patience, in seconds or as 2h; then it stops", ge=0)
    stall_tickets: int = live(200, "stop after this many tickets in a row without an accepted item", ge=1, le=LARGEST_COUNT)

    @field_validator("max_time", "max_wait", mode="before")
    @classmethod
    def duration(cls, value: Any) -> Any:
        return seconds(value) if isinstance(value, str) else value


class Config(Section):
    """All settings of a run. `Config(target=0)` raises `UsageError`, in the words in which a config file is told the same."""

    model_config = ConfigDict(defer_build=True)  # as its open sections are

    if not TYPE_CHECKING:  # whose signature is that of the fields

        def __init__(self, **settings: Any) -> None:
            try:
                super().__init__(**settings)
            except ValidationError as exc:
                raise UsageError("\n".join(f"Config: {explain(error)}" for error in merged(exc.errors()))) from exc

        __init__.__pydantic_base_init__ = True  # as pydantic's own: what it validates is not built by calling this

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
        None,
        "calls in flight at once to one teacher, at most the window; default (auto): from 20 on, as many as the server takes",
        ge=1,
        le=1_000_000,
    )
    teachers: dict[str, TeacherConfig] = Field(default={"main": TeacherConfig()}, description="teachers by name", min_length=1)
    recipes: RecipesConfig = Field(default_factory=RecipesConfig, description="how new tasks are asked for")
    steer: SteerConfig = Field(default=SteerConfig(), description="what is asked for")
    gate: GateConfig = Field(default_factory=GateConfig, description="what is refused")
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
        known = self.recipes.roles()
        for name, teacher in self.teachers.items():
            if odd := [role for role in teacher.roles if role not in known]:
                said = f'teachers.{name}.roles: no recipe asks for "{odd[0]}"; roles: {", ".join(sorted(known))}'
                raise PydanticCustomError(NOT_INSTALLED, "{said}", {"said": said})
        for role in self.recipes.roles(used=True):
            if not asked_for(role, self.teachers):
                raise ValueError(f'no teacher with a weight above 0 has the role "{role if role == PROPOSE else "respond"}"')
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
        return {path: value for path, value, found in leaves(self, used=True) if found == kind}

    def digest(self) -> str:
        """SHA-256 (hex) over `kept()`."""
        return digest_of(self.model_dump(mode="json", by_alias=True))


@dataclass
class Settings:
    """The settings in force: one object for all parts of a run, so that what is changed while it goes on is changed for all of them."""

    config: Config


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


def stored_config(text: str, source: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The `Config` that a run keeps, from its JSON, with these dotted keys set anew. Raises as `parse_config` does."""
    for key, value in (settings or {}).items():
        if fault := fault_of(key.rpartition(".")[2], value):
            raise UsageError(f"{source}: {key}: {fault}")
    return parse_config(with_values(json.loads(text), settings or {}, source), source, context=STORED)


def parse_config(data: Mapping[str, Any], source: str, context: str = "") -> Config:
    """A `Config` from nested plain data. `source` names where it came from, for messages.

    Raises `UsageError` naming each faulty key and, for an unknown one, the nearest known key; `NotInstalled` if nothing else is wrong.
    """
    try:
        return Config.model_validate(data, context=context)
    except ValidationError as exc:
        kind = NotInstalled if all(map(names_a_plugin, exc.errors())) else UsageError
        raise kind("\n".join(f"{source}: {explain(error)}" for error in merged(exc.errors()))) from exc


def names_a_plugin(error: Mapping[str, Any]) -> bool:
    """Whether all that is wrong is that something is not there which another package could bring."""
    return error["type"] == NOT_INSTALLED or (error["type"] == "extra_forbidden" and error["loc"][:-1] in (("recipes",), ("gate",)))


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
        return f"{where}: {fault(error)}" if where else fault(error)
    key = str(error["loc"][-1])
    siblings = known_keys(error["loc"][:-1])
    near = difflib.get_close_matches(key, siblings, 1, 0.5) or difflib.get_close_matches(key, siblings, 1, 0)
    missing = "? Or is the package that brings it not installed?" if names_a_plugin(error) else "?"
    return f'unknown key "{where}"' + (f'; did you mean "{near[0]}"{missing}' if near else "")


def known_keys(path: tuple[Any, ...]) -> list[str]:
    """The keys allowed in the section at `path`."""
    model: type[BaseModel] = Config
    for part in path:
        by_key = {info.alias or name: info for name, info in model.model_fields.items()}
        if part not in by_key:
            continue  # the name of a teacher: stay in its section type
        annotation = TeacherConfig if part == "teachers" else by_key[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation.filled() if issubclass(annotation, OpenSection) else annotation
    return [info.alias or name for name, info in model.model_fields.items()]
