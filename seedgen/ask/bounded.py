"""Templates that end: each rendering may write, and go through, so much; one that wants more is refused, however it multiplies.

What counts: every value that is written, also into a block or by a macro; every turn of a loop, with the text in it; every call; and the
size of whatever an operator, a filter or a method makes. A rendering needs no more memory or time than these add up to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import Template, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 4_000_000
"""Characters, and steps, of one rendering: far more than any model reads."""
MOST = 1_000_000
"""The largest number that a filter or a method is given."""
AT_ONCE = 200_000_000
"""Characters that one operation may come to before they are counted."""
SIZED = (str, bytes, list, tuple, dict, set)
WIDE = re.compile(r"[0-9]{6,}")
left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """What is rendered in the block may come to `LARGEST`, all together."""
    token = left.set([LARGEST])
    try:
        yield
    finally:
        left.reset(token)


def spend(amount: int) -> None:
    """Raise `TemplateRuntimeError` if there is less left of this rendering. Outside of one, nothing counts."""
    if (room := left.get()) is not None:
        room[0] -= amount
        if room[0] < 0:
            raise TemplateRuntimeError(f"it makes more than {LARGEST:,} characters, or goes on for ever; look at its loops and macros")


def counted(value: Any) -> Any:
    """The value, which is written somewhere."""
    spend(1 + size(value))
    return value


def turns(values: Iterable[Any], text: int) -> Iterator[Any]:
    """The values that a loop goes through, with so much text of its own each time."""
    for value in values:
        spend(1 + text)
        yield value


def joined(parts: Iterable[Any]) -> str:
    """`a ~ b`."""
    texts = [str(part) for part in parts]
    spend(sum(map(len, texts)))
    return "".join(texts)


def size(value: Any) -> int:
    return len(value) if isinstance(value, SIZED) else value.bit_length() // 8 if isinstance(value, int) else 0


def expect_small(*given: Any) -> None:
    """Raise if what these could make together, as widths, counts and texts do, is more than may be made."""
    product = 1
    for value in given:
        if isinstance(value, int) and abs(value) > MOST:
            raise TemplateRuntimeError(f"it uses a number beyond {MOST:,} where something is counted out or filled up")
        product *= max(1, abs(value) if isinstance(value, int) else size(value))
    if product > AT_ONCE:
        raise TemplateRuntimeError("it makes a text out of all proportion; look at its widths, counts and replacements")


def expect_narrow(text: str) -> None:
    """Raise if a format wants more room than anything needs."""
    if WIDE.search(text):
        raise TemplateRuntimeError("it formats a value to a width, or with digits, beyond all reason")


def measured(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose numbers and result are looked at."""

    @wraps(work)  # with the marks by which jinja2 knows what else it is to be given
    def measuring(*given: Any, **named: Any) -> Any:
        if name == "format":
            expect_narrow(str(given[0]))
        expect_small(*given, *named.values())
        return made(work(*given, **named))

    return measuring


def made(value: Any) -> Any:
    """What an operator, a filter or a method has made."""
    spend(1 + size(value))
    return value


class Bounded(ImmutableSandboxedEnvironment):
    """The sandbox, in which everything counts that can multiply."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.filters = {name: measured(name, work) for name, work in self.filters.items()}
        self.filters |= {"__turns": turns, "__joined": joined}
        self.globals.pop("lipsum", None)

    def from_text(self, source: str) -> Template:
        """The template, with its loops and joins counted. Raises `TemplateSyntaxError`."""
        tree = self.parse(source)
        if other := next(tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)), None):
            raise TemplateSyntaxError("a template stands alone: it cannot include, import or extend another, nor itself", other.lineno)
        for loop in list(tree.find_all(nodes.For)):
            text = sum(len(data.data) for data in loop.find_all(nodes.TemplateData))
            loop.iter = nodes.Filter(loop.iter, "__turns", [nodes.Const(text)], [], None, None, lineno=loop.lineno)
        for parent in [tree, *tree.find_all(nodes.Node)]:
            for name, field in parent.iter_fields():
                if isinstance(field, nodes.Concat):
                    setattr(parent, name, joining(field))
                elif isinstance(field, list):
                    field[:] = [joining(each) if isinstance(each, nodes.Concat) else each for each in field]
        tree.set_environment(self)
        return self.from_string(tree)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            expect_small(right, size(left) + 1)
        elif operator == "*":
            expect_small(left, right) if isinstance(left, SIZED) or isinstance(right, SIZED) else None
        elif operator == "%" and isinstance(left, str):
            expect_narrow(left)
        return made(super().call_binop(context, operator, left, right))

    def call(self, context: Any, work: Any, /, *given: Any, **named: Any) -> Any:
        owner = getattr(getattr(work, "__wrapped__", work), "__self__", None)
        if isinstance(owner, str | list | tuple):
            expect_small(owner, *given, *named.values())
            if isinstance(owner, str) and getattr(work, "__name__", "").startswith("format"):
                expect_narrow(owner)
        return made(super().call(context, work, *given, **named))


def joining(concat: nodes.Concat) -> nodes.Filter:
    parts = nodes.List([joining(each) if isinstance(each, nodes.Concat) else each for each in concat.nodes], lineno=concat.lineno)
    return nodes.Filter(parts, "__joined", [], [], None, None, lineno=concat.lineno)
