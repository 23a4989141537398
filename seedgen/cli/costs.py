"""Where a run's money went, as `seedgen status` shows it: one line, or with --costs the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from seedgen.cli.plain import plain
from seedgen.cli.shown import money, shown
from seedgen.cli.tables import print_table

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.store.figures import Bill, Costs, SeedYield

STANDINGS = {
    "accepted": "for accepted items",
    "surplus": "for surplus items",
    "rejected": "for items that people rejected",
    "refused": "for refused candidates",
    "nothing": "for empty rounds",
    "open": "in unfinished rounds",
}
WIDTH = 50
FIGURES = ("candidates", "accepted", "requests", "tokens", "cost", "refused", "each", "tokens each")
SPARE = ("requests", "tokens each", "refused", "candidates")
NOTE = (
    "Refused: what of the cost went into refused candidates. Each: for an accepted item. "
    "A proposing call is shared evenly by the candidates it brought; other calls belong to their candidate."
)


def cost_rows(found: Costs) -> Iterator[tuple[str, str]]:
    """The short version, as rows of names and values."""
    yield "cost per accepted", per_accepted(found.all)
    if found.all.cost:
        parts = [f"{money(found.standings[name].cost)} {words}" for name, words in STANDINGS.items() if name in found.standings]
        yield "of the cost", ", ".join(parts)
    if found.seeds:
        first = found.seeds[0]
        yield "worst seed", f"{shown(first.id)}: {first.refused:,} of {first.candidates:,} refused, {first.expected:.0f} expected"


def per_accepted(bill: Bill) -> str:
    return "unknown" if bill.cost_per_accepted is None else money(bill.cost_per_accepted)


def print_costs(out: Console, found: Costs, name: str) -> None:
    """The whole of `seedgen status --costs`."""
    out.print(Text(f"{name}: {paid(found.all)} for {found.all.accepted:,} accepted, {per_accepted(found.all)} each", "bold"))
    standings = {words.removeprefix("for "): found.standings[name] for name, words in STANDINGS.items() if name in found.standings}
    left_out: list[str] = []
    for heading, bills in (
        ("spent", standings), ("recipe", found.recipes), ("teacher", found.teachers), ("category", found.categories),
    ):  # fmt: skip
        out.print("")
        left_out = max(left_out, print_bills(out, heading, bills), key=len)
    if found.seeds:
        out.print(Text(f"\nSeeds whose prompts brought most refusals (all in all {found.refused_share:.1%} are refused)", "bold"))
        print_seeds(out, found.seeds)
    out.print(Text(f"\n{NOTE}", "dim"), soft_wrap=True)
    if left_out:
        out.print(Text(f"Not shown for want of room: {', '.join(left_out)}; a wider screen or --json has them.", "dim"), soft_wrap=True)


def paid(bill: Bill) -> str:
    """What it cost, as far as it is known."""
    return money(bill.cost) if not bill.unpriced else f"{money(bill.cost)} and {bill.unpriced:,.0f} answers of unknown price"


def print_bills(out: Console, heading: str, bills: Mapping[str, Bill]) -> list[str]:
    """A line a bill. Returns the columns there was no room for."""
    rows = [[name or "none", *cells(bill)] for name, bill in bills.items()]
    columns = dict(zip((heading, *FIGURES), zip(*rows, strict=True), strict=True))
    return print_table(out, columns, cut=[heading], spare=SPARE, right=FIGURES)


def cells(bill: Bill) -> Iterator[str]:
    yield from (f"{number:,.0f}" for number in (bill.candidates, bill.accepted, bill.requests, bill.tokens))
    yield money(bill.cost) + ("+?" if bill.unpriced else "")
    yield money(bill.refused_cost) if bill.candidates else ""
    yield per_accepted(bill) if bill.accepted else ""
    yield f"{bill.tokens_per_accepted:,.0f}" if bill.tokens_per_accepted is not None else ""


def print_seeds(out: Console, seeds: tuple[SeedYield, ...]) -> None:
    counts = {name: [f"{getattr(each, name):,.0f}" for each in seeds] for name in ("tickets", "candidates", "refused", "expected")}
    texts = {"seed": [each.id for each in seeds], **counts, "task": [shown(each.instruction, WIDTH) for each in seeds]}
    print_table(out, texts, cut=("seed", "task"), spare=("tickets",), right=counts)


def plain_costs(found: Costs) -> dict[str, Any]:
    """The costs as JSON has them; US dollars, null where unknown."""
    groups = {name: getattr(found, name) for name in ("standings", "recipes", "teachers", "categories")}
    return {
        "all": plain_bill(found.all),
        **{name: {key: plain_bill(bill) for key, bill in bills.items()} for name, bills in groups.items()},
        "refused_share": found.refused_share,
        "seeds": [plain_seed(seed) for seed in found.seeds],
    }


def plain_seed(seed: SeedYield) -> dict[str, Any]:
    rest = {name: value for name, value in plain(seed).items() if name != "id"}
    return {"item": f"seed:{seed.id}", **rest, "share": seed.share, "excess": seed.excess}


def plain_bill(bill: Bill) -> dict[str, Any]:
    known = {"cost": None if bill.unpriced else bill.cost, "known_cost": bill.cost}
    return {**plain(bill), **known, "cost_per_accepted": bill.cost_per_accepted, "tokens_per_accepted": bill.tokens_per_accepted}
