"""What was refused: how much of it and why, how the scores lie around a threshold, and texts beside those they were too close to.

Words in common are bold and underlined on a terminal; where there is no style to show, they stand [in brackets].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Column, Table
from rich.text import Text

from seedgen.cli.plain import UNSAFE, block, escape
from seedgen.cli.shown import shown
from seedgen.language.text import tokens

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from seedgen.audit.common import Span
    from seedgen.audit.refusals import Comparison
    from seedgen.audit.scores import Bin, Histogram
    from seedgen.records import Verdict
    from seedgen.store.figures import Refused
    from seedgen.store.ports import ItemView

LEVELS = " ▁▂▃▄▅▆▇█"
BAR = 30
MARK = "bold underline"


def refusal_table(refusals: Sequence[Refused]) -> Table:
    """A line for each stage, filter and reason. Shares are of the candidates."""
    table = Table("refused at", "by", "reason", box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("count", justify="right")
    table.add_column("of candidates", justify="right")
    for each in refusals:
        table.add_row(each.stage, shown(each.filter), shown(each.reason), f"{each.count:,}", percent(each.share))
    return table


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def sparks(found: Histogram) -> str:
    """The bins around the threshold on one line, a bar each, and what they add up to."""
    most = max(b.passed + b.refused for b in found.near)
    bars = "".join(("│" if b.low == found.threshold else "") + level(b, most) for b in found.near)
    passed, refused = sum(b.passed for b in found.near), sum(b.refused for b in found.near)
    passes = f"{passed:,} passed" if found.passes else "passes have no score"
    return f"{found.near[0].low:.2f} {bars} {found.near[-1].high:.2f}  near {found.threshold:g}: {refused:,} refused, {passes}"


def level(found: Bin, most: int) -> str:
    """A bar of one character; even one verdict among thousands shows."""
    count = found.passed + found.refused
    return LEVELS[-(-count * (len(LEVELS) - 1) // most)] if count else LEVELS[0]


def print_histogram(out: Console, found: Histogram) -> None:
    """A line a bin, with the threshold between what passed and what was refused."""
    scale = found.admitted / found.sample if found.sample and found.admitted else 1
    most = max(b.passed * scale + b.refused for b in found.near)
    table = Table.grid(Column(no_wrap=True), Column(justify="right"), Column(no_wrap=True), padding=(0, 2, 0, 0))
    for each in found.bins:
        if each.low == found.threshold:
            table.add_row("", "", Text(f"── refused above {found.threshold:g} {'─' * 12}", "bold"))
        bar = "█" * length(each.passed * scale + each.refused, most) if each in found.near else ""
        table.add_row(f"{each.low:.2f}–{each.high:.2f}", number(each, scale), Text(bar, "red" if each.low >= found.threshold else "green"))
    out.print(table)
    if note := footnote(found):
        out.print(Text(note, "dim"), soft_wrap=True)


def number(found: Bin, scale: float) -> str:
    """A count; an estimate where it stands for more than were looked at."""
    count = found.passed * scale + found.refused
    return f"≈ {count:,.0f}" if scale > 1 and found.passed else f"{count:,.0f}"


def length(count: float, most: float) -> int:
    return max(1, round(BAR * count / most)) if count and most else 0


def footnote(found: Histogram) -> str:
    """What a reader of the figures must know."""
    if found.sample is None or found.admitted is None:
        return ""
    if found.sample == found.admitted:
        return f"passes have no stored score: these were computed now, for all {found.admitted:,} admitted"
    return f"passes have no stored score: these are estimated from a sample of {found.sample:,} of the {found.admitted:,} admitted"


def reason(verdict: Verdict) -> str:
    """ "rouge: near_duplicate 0.83"."""
    score = "" if verdict.score is None else f" {verdict.score:.2f}"
    return f"{shown(verdict.filter)}: {shown(verdict.reason)}{score}"


def print_beside(out: Console, found: Sequence[tuple[ItemView, Comparison | None]]) -> None:
    """Each refused text whole, beside what it was too close to, or else what was seen."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    table.add_row(Text("refused", "dim"), Text("nearest neighbour, or what was seen", "dim"))
    for line, comparison in found:
        cause = reason(line.refusal) if line.refusal else ""
        table.add_row("", "")
        table.add_row(*cells(out, line, comparison, cause))
    out.print(table)


def cells(out: Console, line: ItemView, comparison: Comparison | None, cause: str) -> tuple[RenderableType, RenderableType]:
    head = (f"{line.ref}  {cause}\n", "dim")
    if comparison is None:
        evidence = line.refusal.evidence if line.refusal else ""
        return Text.assemble(head, block(line.instruction)), Text.assemble("\n", block(evidence))
    ours, theirs = marked(out, line.instruction, comparison.common.one), marked(out, comparison.near.instruction, comparison.common.other)
    return Text.assemble(head, ours), Text.assemble((f"{shown(comparison.near.ref)}\n", "dim"), theirs)


def plain_comparison(found: Comparison | None) -> dict[str, object]:
    """What a comparison adds to an item as JSON has it: spans are [start, end) in code points of the two instructions."""
    if found is None:
        return {"threshold": None, "common": None}
    return {"threshold": found.threshold, "common": {"instruction": found.common.one, "near": found.common.other}}


def marked(out: Console, text: str, spans: Sequence[Span]) -> Text:
    """The text as `block` shows it, with these words marked as this console can."""
    plain = out.color_system is None
    result, at = Text(), 0
    for start, end in runs(text, spans) if plain else spans:
        word = safe(text[start:end])
        result.append(safe(text[at:start])).append(f"[{word}]" if plain else word, MARK)
        at = end
    result.append(safe(text[at:]))
    result.expand_tabs(4)
    return result


def safe(text: str) -> str:
    """As `block`, but for tabs, which depend on what comes before."""
    return UNSAFE.sub(lambda m: escape(m[0]), text)


def runs(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """The spans, those with no other word between them as one."""
    open_: Span | None = None
    for start, end in spans:
        if open_ and tokens(text[open_[1] : start]):
            yield open_
            open_ = None
        open_ = (open_[0] if open_ else start, end)
    if open_:
        yield open_
