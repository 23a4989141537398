"""Where a run's money went, as `seedgen status` shows it: one line, or with --costs the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Column, Table
from rich.text import Text

from seedgen.cli.plain import plain
from seedgen.cli.shown import money, shown

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.store.figures import Bill, Costs, SeedYield

STANDINGS = {
    "accepted": "for accepted items",
    "surplus": "for surplus items",
    "rejected": "for items that people rejected",
    "refused": "for refused candidates",
    "nothing": "for tickets without a candidate",
    "open": "in tickets that are not finished",
}
WIDTH = 50


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
    standings = {words: found.standings[name] for name, words in STANDINGS.items() if name in found.standings}
    for heading, bills in (
        ("spent", standings), ("recipe", found.recipes), ("teacher", found.teachers), ("category", found.categories),
    ):  # fmt: skip
        out.print("")
        out.print(bill_table(heading, bills))
    if found.seeds:
        out.print(Text(f"\nSeeds whose prompts brought most refusals (all in all {found.refused_share:.1%} are refused)", "bold"))
        out.print(seed_table(found.seeds))
    out.print(Text("\nA proposing call is shared evenly by the candidates it brought; other calls belong to their candidate.", "dim"))


def paid(bill: Bill) -> str:
    """What it cost, as far as it is known."""
    return money(bill.cost) if not bill.unpriced else f"{money(bill.cost)} and {bill.unpriced:,.0f} answers of unknown price"


def bill_table(heading: str, bills: Mapping[str, Bill]) -> Table:
    names = ("candidates", "accepted", "requests", "tokens", "cost", "of it refused", "per accepted", "tokens per accepted")
    table = Table(heading, box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, justify="right")
    for name, bill in bills.items():
        table.add_row(shown(name, WIDTH) or "none", *cells(bill))
    return table


def cells(bill: Bill) -> Iterator[str]:
    yield from (f"{number:,.0f}" for number in (bill.candidates, bill.accepted, bill.requests, bill.tokens))
    yield money(bill.cost) + ("+?" if bill.unpriced else "")
    yield money(bill.refused_cost) if bill.candidates else ""
    yield per_accepted(bill) if bill.accepted else ""
    yield f"{bill.tokens_per_accepted:,.0f}" if bill.tokens_per_accepted is not None else ""


def seed_table(seeds: tuple[SeedYield, ...]) -> Table:
    counted = [Column(name, justify="right") for name in ("tickets", "candidates", "refused", "expected")]
    table = Table("seed", *counted, "", box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for each in seeds:
        counts = (f"{each.tickets:,}", f"{each.candidates:,}", f"{each.refused:,}", f"{each.expected:,.0f}")
        table.add_row(shown(each.id), *counts, shown(each.instruction, WIDTH))
    return table


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
