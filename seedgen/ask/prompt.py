"""Templates: Jinja2 files that turn a draw or an instruction into the text a teacher is asked.

A template opens with a comment holding TOML, its head:

    {#
    purpose = "ask for new instructions"
    parameters = ["examples", "count"]
    stop = ["\\n\\n"]                  # may use parameters; at most 4, the most that OpenAI takes; "" is left out
    shape = "a numbered list"
    max_tokens = 512
    #}

Every template is also given `chat`: True when the text is sent as a message, False when the teacher continues it. White space at the
end of the text is dropped: a completion must not start after a space. Rendering is sandboxed and strict (a template uses only what it
declares), and model text only ever enters as a value, so braces in it are text. The digest of the source is provenance. Beside
jinja2's own filters there is `longest_first`, which sorts texts by length. The `aim` of the two that propose says what is wanted
(see `records.Aim`); its parts are empty where nothing is, and a template need not declare it.

What the recipes give, and the shape the answer should have (`seedgen.recipes.parse` reads it):

    self-instruct propose        examples (list of texts), count, aim     one a line, each after "Task <number>:", from len(examples) + 1
    self-instruct classify       instruction                              Yes or No
    self-instruct input_first    instruction                              "Input:" and a text or None, "Output:" and a text
    self-instruct output_first   instruction                              "Class label:" and a label, "Input:" and a text or None
    alpaca propose               examples (each with .instruction,        "<n>. Instruction:", "<n>. Input:", "<n>. Output:",
                                 .input, .output), count, aim             blocks parted by ###; <noinput> for none
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2 import Template as JinjaTemplate
from jinja2.meta import find_undeclared_variables
from jinja2.nodes import NSRef

from seedgen.ask.bounded import Bounded, bounded, counted
from seedgen.errors import UsageError
from seedgen.inputs.bundled import bundled
from seedgen.records import Message, Options, Prompt

PLAIN = Options()

OF_PACKAGE = re.compile(r"[A-Za-z_]\w+(?:\.\w+)*:[\w.-]+(?:/[\w.-]+)*\.jinja")
"""What a package brings, as PACKAGE:FILE. A name of one letter is a drive."""
HEAD = re.compile(r"\A\s*\{#(?P<toml>.*?)#\}\n?", re.DOTALL)
KEYS = {"purpose": str, "parameters": list, "stop": list, "shape": str, "max_tokens": int}
# What a faulty template may raise while it renders: jinja2's own, and what its expressions do to their values.
RENDERING_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RecursionError)


@cache
def environment() -> Bounded:
    made = Bounded(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, finalize=counted)
    made.filters["longest_first"] = lambda texts: sorted(texts, key=len, reverse=True)
    return made


@dataclass(frozen=True)
class Template:
    """A prompt template. `source` is the whole file; `digest` its SHA-256 (hex)."""

    name: str
    source: str
    digest: str
    purpose: str
    parameters: tuple[str, ...]
    shape: str
    max_tokens: int
    stops: tuple[JinjaTemplate, ...]
    body: JinjaTemplate

    def render(self, *, chat: bool, turns: Sequence[Message] = (), options: Options = PLAIN, **values: Any) -> Prompt:
        """The prompt for these values, which must be just the declared parameters; only an `aim` may be left undeclared."""
        if set(values) - {"aim"} != set(self.parameters) - {"aim"}:
            raise UsageError(f"template {self.name}: takes {', '.join(self.parameters)}; was given {', '.join(values)}")
        warmth = values["aim"].warmth if "aim" in values else 0.0
        try:
            with bounded():
                text = self.body.render(chat=chat, **values).rstrip()
        except RENDERING_ERRORS as exc:
            raise UsageError(f"template {self.name}{place(exc, self.source)}") from exc
        try:
            with bounded():
                stop = tuple(filter(None, (s.render(chat=chat, **values) for s in self.stops)))
        except RENDERING_ERRORS as exc:
            raise UsageError(f"template {self.name}: in a stop string: {exc}") from exc
        return Prompt(self.name, self.digest, text, stop, self.max_tokens, warmth, tuple(turns), options)

    def try_out(self, **values: Any) -> None:
        """Render it with such of these values as it takes. Raises `UsageError` as `render` does, and for a parameter that none is for."""
        taken = {name: value for name, value in values.items() if name in (*self.parameters, "aim")}
        for chat in (True, False):
            self.render(chat=chat, **taken)


def read_templates(names: Iterable[str], folder: Path | None = None) -> dict[str, Template]:
    """The named templates, by name: a bundled one (`self-instruct-propose`), PACKAGE:FILE.jinja for one that a package brings, or a path,
    told by its separator or by ending in .jinja.

    `folder` holds the bundled ones. Raises `UsageError` naming what is missing or wrong, and what there is.
    """
    folder = folder or bundled("prompts")
    return {name: read_template(name, source_of(name, folder)) for name in names}


def source_of(name: str, folder: Path) -> str:
    is_path = name.endswith(".jinja") or "/" in name or "\\" in name
    try:
        if OF_PACKAGE.fullmatch(name):
            package, _, file = name.partition(":")
            return files(package).joinpath(file).read_text(encoding="utf-8")
        path = Path(name).expanduser() if is_path else folder / f"{name}.jinja"
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError, ImportError) as exc:  # ValueError: not UTF-8, or a NUL in the name
        there = ", ".join(sorted(p.stem for p in folder.glob("*.jinja")))
        why = exc.strerror if isinstance(exc, OSError) else "not UTF-8" if isinstance(exc, UnicodeDecodeError) else exc
        raise UsageError(f"template {name}: cannot be read ({why}); bundled ones: {there}; or give the path of a .jinja file") from exc


@lru_cache(maxsize=64)
def read_template(name: str, source: str) -> Template:
    """A template from its source. Raises `UsageError` naming the template and what is wrong with its head or body."""
    match = HEAD.match(source)
    if not match:
        raise UsageError(f"template {name}: must open with a {{# … #}} comment holding {', '.join(KEYS)}")
    head = read_head(name, match["toml"])
    body, stops = source[match.end() :], head["stop"]
    try:
        if unknown := set().union(*map(variables, (body, *stops))) - {*head["parameters"], "chat"}:
            raise UsageError(f'template {name}: uses "{min(unknown)}", which is not among its parameters')
        with bounded():
            compiled = [environment().from_text(text) for text in (body, *stops)]
    except (TemplateError, RecursionError) as exc:
        raise UsageError(f"template {name}{place(exc, source)}") from exc
    digest = hashlib.sha256(source.encode()).hexdigest()
    parameters, shape, max_tokens = tuple(head["parameters"]), head["shape"], head["max_tokens"]
    return Template(name, source, digest, head["purpose"], parameters, shape, max_tokens, tuple(compiled[1:]), compiled[0])


def place(exc: Exception, source: str) -> str:
    """ ":12: what is wrong, in the line itself", by line of the file; ": what is wrong" where no line is known, as in a stop string."""
    what = (exc.message if isinstance(exc, TemplateError) else str(exc)) or type(exc).__name__
    body = source[match.end() :] if (match := HEAD.match(source)) else source
    frames = [line for frame, line in traceback.walk_tb(exc.__traceback__) if frame.f_code.co_filename == "<template>"]
    at = exc.lineno if isinstance(exc, TemplateSyntaxError) else frames[-1] if frames else 0
    lines = body.splitlines()
    if not 0 < at <= len(lines) or (isinstance(exc, TemplateSyntaxError) and exc.source not in (None, body)):
        return f": {what}"
    return f':{source[: len(source) - len(body)].count(chr(10)) + at}: {what}, in "{lines[at - 1].strip()[:80]}"'


def variables(source: str) -> set[str]:
    """The names a template uses and does not set itself."""
    tree = environment().parse(source)
    return find_undeclared_variables(tree) - {ref.name for ref in tree.find_all(NSRef)}


def read_head(name: str, toml: str) -> dict[str, Any]:
    try:
        head = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"template {name}: its head is not TOML: {exc}") from exc
    for key, kind in KEYS.items():
        if not isinstance(head.get(key), kind) or isinstance(head[key], bool):
            raise UsageError(f'template {name}: head needs "{key}" ({kind.__name__})')
    if unknown := set(head) - set(KEYS):
        raise UsageError(f'template {name}: head has unknown "{min(unknown)}"')
    if not all(isinstance(entry, str) for key in ("parameters", "stop") for entry in head[key]):
        raise UsageError(f"template {name}: parameters and stop are lists of strings")
    if len(head["stop"]) > 4:
        raise UsageError(f"template {name}: at most 4 stop strings")
    if head["max_tokens"] < 1:
        raise UsageError(f"template {name}: max_tokens must be at least 1")
    return head
