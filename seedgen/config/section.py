"""What a section of the config is made of: fields that say in one line what they do, and what a run makes of each.

Two kinds of setting. Most make the dataset what it is, so a run keeps them for life: continuing with another value is drift and is
refused. Those marked `live` (limits, pace, where the teacher is reached) may differ at every start.

An `OpenSection` has, beside its own fields, a section for each plug-in of a door (`seedgen.registry`), so whoever brings a recipe or a
filter brings its settings with it. Plug-ins of other packages have to be off until somebody turns them on, and leave no trace in a run
that does not use them: installing or removing a package changes no run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar, cast, runtime_checkable

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    create_model,
    field_validator,
    model_serializer,
)
from pydantic.fields import FieldInfo

from seedgen.config.secrets import fault_of
from seedgen.errors import FaultyPlugin
from seedgen.registry import blamed, foreign, package_of, plugins

LARGEST_WEIGHT = 1e9
"""Of whatever is picked by weight: sums of many such stay finite."""
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


STORED = "stored"
"""The context in which a run's own config is read: what an earlier version let in, it goes on with."""


class Section(BaseModel):
    """Base of all sections: frozen, closed to unknown keys, and to secrets in the values of known ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def no_secret(cls, value: Any, info: ValidationInfo) -> Any:
        if info.context == STORED:
            return value
        name = info.field_name or ""
        section = cls.model_fields[name].annotation if name in cls.model_fields else None
        if not (isinstance(section, type) and issubclass(section, BaseModel)) and (fault := fault_of(name, value)):
            raise ValueError(fault)
        return value


class PluginSection(Section):
    """The settings of one plug-in. `on`: whether these settings use it."""

    @property
    def on(self) -> bool:
        raise NotImplementedError


class RecipeSection(PluginSection):
    """What every recipe is told."""

    weight: float = Field(0.0, description="share of the tickets that use this recipe", ge=0, le=LARGEST_WEIGHT)

    @property
    def on(self) -> bool:
        return self.weight > 0


class FilterSection(PluginSection):
    """What a filter is told that other packages bring, or that can be turned off as a whole."""

    enabled: bool = Field(False, description="whether this filter is asked")

    @property
    def on(self) -> bool:
        return self.enabled


@runtime_checkable
class Configured(Protocol):
    """What an open section has to know of a plug-in."""

    @property
    def name(self) -> str: ...
    @property
    def config(self) -> type[Section] | None: ...
    @property
    def description(self) -> str: ...
    @property
    def order(self) -> int: ...


S = TypeVar("S", bound=Section)


class OpenSection(Section):
    """A section with a section for each plug-in of its `door`, by their `order` and name. A subclass declares what is always there; what
    is validated becomes an instance of the class that `filled` gives.
    """

    model_config = ConfigDict(defer_build=True)  # what is plugged in is looked for at first use
    door: ClassVar[str]

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Of this class, an instance of the one with all its sections."""
        return super().__new__(cls.filled() if "door" in cls.__dict__ else cls)

    @classmethod
    def filled(cls) -> type[Self]:
        """This class with all its sections."""
        return cast(type[Self], _filled(cls))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return handler.generate_schema(cls.filled()) if "door" in cls.__dict__ else handler(source)

    @model_serializer(mode="wrap")
    def without_unused(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As it is kept: without the plug-ins of other packages that are off."""
        dumped: dict[str, Any] = handler(self)
        return {key: value for key, value in dumped.items() if key not in self.unused()}

    def sections(self) -> Mapping[str, Section]:
        """By the plug-in's name."""
        fields = type(self).model_fields.items()
        return {info.alias or name: value for name, info in fields if isinstance(value := getattr(self, name), Section)}

    def of(self, kind: type[S]) -> S:
        """The section of this class."""
        return next(section for section in self.sections().values() if type(section) is kind)

    def unused(self) -> set[str]:
        """The plug-ins of other packages that are off: no run keeps their settings."""
        sections = self.sections()
        return {name for name in foreign(self.door) if name in sections and not is_on(sections[name])}


@cache
def _filled(base: type[OpenSection]) -> type[OpenSection]:
    found = plugins(base.door, Configured)  # type: ignore[type-abstract]  # a protocol that can be checked at run time
    ordered = sorted(found.values(), key=lambda plugin: (plugin.order, plugin.name))
    fields = {plugin.name.replace("-", "_"): _field(base, plugin) for plugin in ordered if plugin.config}
    return create_model(base.__name__, __base__=base, __module__=base.__module__, **fields)


def _field(base: type[OpenSection], plugin: Configured) -> Any:
    """The field for one plug-in's section. Raises `FaultyPlugin` if another package's would change runs that do not ask for it."""
    section, name = cast(type[Section], plugin.config), plugin.name
    package = package_of(base.door, name)
    with blamed(base.door, name):
        default = section()
    if name in foreign(base.door) and is_on(default):
        raise FaultyPlugin(f'{package}: the settings of its "{name}" for "{base.door}" must be a section that is off by default')
    if hasattr(base, name.replace("-", "_")) or name in base.model_fields:
        raise FaultyPlugin(f'{package}: the name of its "{name}" for "{base.door}" means something else there; it needs another')
    return section, Field(default=default, alias=name, description=plugin.description)


def is_on(section: Section) -> bool:
    """Whether these settings use what they are for."""
    return not isinstance(section, PluginSection) or section.on


def leaves(section: BaseModel, prefix: str = "", *, used: bool = False) -> Iterator[tuple[str, Any, Kind]]:
    """Every setting as (dotted key, JSON value, kind), in the order of declaration; only those a run keeps, if asked for what is `used`."""
    skipped = section.unused() if used and isinstance(section, OpenSection) else ()
    for name, info in type(section).model_fields.items():
        value, key = getattr(section, name), info.alias or name
        if key in skipped:
            continue
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{key}.", used=used)
        elif isinstance(value, dict) and all(isinstance(inner, BaseModel) for inner in value.values()) and value:
            for inner_key, inner in value.items():
                yield from leaves(inner, f"{prefix}{key}.{inner_key}.", used=used)
        else:
            yield prefix + key, list(value) if isinstance(value, tuple) else value, kind_of(info)
