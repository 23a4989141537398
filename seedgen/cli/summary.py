"""One run at a glance: how it stands, and what came of it at its end."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seedgen.cli.costs import cost_rows
from seedgen.cli.plain import block, plain
from seedgen.cli.refused import print_histogram, refusal_table, sparks
from seedgen.cli.shown import cost, shown, span

if TYPE_CHECKING:
    from rich.console import Console

    from seedgen.audit import GateReport
    from seedgen.events import Ending
    from seedgen.runs.heartbeat import Standing
    from seedgen.store.figures import Balance, Costs
    from seedgen.store.ports import ItemView, RunReader, Summary

SAMPLES = 5
ROOM = 24
"""Cells that what a command does should have beside it."""
FURTHEST = 3
ANSWERS = ("prompts show seeds only", "a higher temperature", "only the categories furthest behind")
LIMIT = re.compile(r"limits\.(max_cost|max_tokens|max_requests)")


def by_filter(refusals: Mapping[tuple[str, str], int]) -> Counter[str]:
    """Refusals by filter, from refusals by filter and reason."""
    counts: Counter[str] = Counter()
    for (name, _), count in refusals.items():
        counts[name] += count
    return counts


def teachers(summary: Summary) -> list[str]:
    """The teachers as "main: local (smollm2…)"."""
    config = json.loads(summary.record.config)
    return [f"{name}: {t['kind']}" + (f" ({t['model']})" if t["model"] else "") for name, t in config["teachers"].items()]


def seconds_left(summary: Summary, now: datetime) -> float | None:
    """Until the target, for a run at work, at its pace since it was last started; None if there is none to go by."""
    if summary.state != "running" or not summary.accepted_lately:
        return None
    elapsed = (now - datetime.fromisoformat(summary.record.started_at)).total_seconds()
    return elapsed / summary.accepted_lately * (summary.record.target - summary.accepted)


def seconds_taken(summary: Summary, now: datetime) -> float:
    """How long the last start took, or has taken; 0 if there was none."""
    if not summary.record.started_at:
        return 0.0
    end = datetime.fromisoformat(summary.record.ended_at) if summary.record.ended_at else now
    return (end - datetime.fromisoformat(summary.record.started_at)).total_seconds()


def as_plain(summary: Summary, now: datetime | None = None, how: Standing | None = None) -> dict[str, Any]:
    """The summary as JSON has it, with how the run stands in more detail if that is given. Costs are US dollars, null where unknown."""
    record = {k: v for k, v in plain(summary.record).items() if k != "config"}
    refusals = [{"filter": name, "reason": reason, "count": count} for (name, reason), count in summary.refusals.items()]
    counted = ("state", "accepted", "surplus", "rejected", "tickets", "open_tickets", "candidates", "admitted", "failed_calls")
    return {
        **record,
        **{key: getattr(summary, key) for key in counted},
        **({"state": how.condition, "detail": how.detail} if how else {}),
        "refusals": refusals,
        "requests": summary.spend.requests,
        **{
            name: None if summary.spend.unmetered else getattr(summary.spend, name)
            for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens", "tokens")
        },
        "known_tokens": summary.spend.tokens,
        "unmetered_answers": summary.spend.unmetered,
        "cost": None if summary.spend.unpriced else summary.spend.cost,
        "known_cost": summary.spend.cost,
        "cost_per_accepted": summary.cost_per_item,
        "unseen_calls": summary.unseen,
        "eta_seconds": seconds_left(summary, now) if now else None,
        "teachers": teachers(summary),
        "config": json.loads(summary.record.config),
    }


def print_status(
    out: Console, summary: Summary, how: Standing, gate: GateReport, balance: Balance, costs: Costs, run: str, now: datetime
) -> None:
    """The whole of `seedgen status`."""
    out.print(Text(summary.record.name, "bold"))
    out.print(pairs({**standing(summary, how, now), **dict(cost_rows(costs)), **dict(steered(balance)), **evaluation(gate)}))
    if gate.refusals:
        out.print("")
        out.print(refusal_table(gate.refusals))
    if gate.histograms:
        out.print(Text("\nscores around the threshold", "dim"))
        out.print(pairs({shown(found.filter): sparks(found) for found in gate.histograms}))
    out.print("")
    closer = {f"seedgen status {run} --filter {found.filter}": "its scores in full" for found in gate.histograms[:1]}
    closer |= {f"seedgen status {run} --costs": "what each recipe, teacher and category costs, and the seeds that bring refusals"}
    print_hints(out, closer | dict(ways_on(summary, run)))


def evaluation(gate: GateReport) -> dict[str, str]:
    """The row on what decontamination compares with."""
    return {"evaluation": str(gate.evaluation)} if gate.evaluation else {}


def steered(balance: Balance) -> Iterator[tuple[str, str]]:
    """The rows on what a run is steered to: the categories furthest from their weights, and what is done against a collapse."""
    if any(kind.count for kind in balance.kinds):
        furthest = sorted(balance.kinds, key=lambda kind: -abs(kind.share - kind.weight))[:FURTHEST]
        off = ", ".join(f"{shown(kind.category)} {kind.share:.1%} of {kind.weight:.1%}" for kind in furthest)
        yield "categories", f"{len(balance.kinds)}; furthest from their weight: {off}"
    if balance.level:
        yield "collapse", f"answered: {', '.join(ANSWERS[: balance.level])}"


def standing(summary: Summary, how: Standing, now: datetime) -> dict[str, str]:
    """The rows on how far a run is, what it has spent and where it comes from."""
    record, left = summary.record, seconds_left(summary, now)
    rows = {
        "state": how.condition + (f": {shown(how.detail)}" if how.detail else ""),
        "accepted": f"{summary.accepted:,} of {record.target:,}"
        + (f", and {summary.surplus:,} surplus" if summary.surplus else "")
        + (f"; {summary.rejected:,} rejected by people" if summary.rejected else ""),
        "candidates": f"{summary.candidates:,}, {summary.admitted:,} admitted to the pool",
        "tickets": f"{summary.tickets:,} done, {summary.open_tickets:,} open, window {record.window:,}",
        **spending(summary),
        "ETA": "unknown" if left is None else span(left),
        "teachers": shown(", ".join(teachers(summary))),
        "started": f"{record.started_at}, took {span(seconds_taken(summary, now))}",
        "made": f"{record.created_at} by seedgen {record.version}, config {record.config_digest[:12]}",
    }
    if record.regated_from:
        rows["regated"] = f"from {shown(record.regated_from)} as of fingerprint {record.regated_fingerprint[:12]}; its draws, its answers"
    if summary.state != "running":
        del rows["ETA"]
    return rows


def print_filter(out: Console, summary: Summary, gate: GateReport, name: str) -> None:
    """The whole of `seedgen status --filter`."""
    count = sum(each.count for each in gate.refusals)
    out.print(Text(f"{summary.record.name}: {shown(name)} refused {count:,} of {summary.candidates:,} candidates", "bold"))
    if gate.evaluation:
        out.print(str(gate.evaluation))
    if gate.refusals:
        out.print(refusal_table(gate.refusals))
    for found in gate.histograms:
        out.print(Text("\nscores", "dim"))
        print_histogram(out, found)


def spending(summary: Summary) -> dict[str, str]:
    """The rows on requests, tokens and cost."""
    spend, failed = summary.spend, f", {summary.failed_calls:,} failed" if summary.failed_calls else ""
    within = {"cached": spend.cached_tokens, "reasoning": spend.reasoning_tokens}
    also = "".join(f", {count:,} of them {name}" for name, count in within.items() if count)
    silent = f" and those of {spend.unmetered:,} answers that do not tell them" if spend.unmetered else ""
    rows = {
        "requests": f"{spend.requests:,}{failed}",
        "tokens": f"{spend.tokens:,} ({spend.prompt_tokens:,} prompt, {spend.completion_tokens:,} completion{also}){silent}",
        "cost": cost(spend),
    }
    if summary.unseen:
        rows["unseen"] = f"{summary.unseen:,} calls in flight when the run was killed may have been billed unseen"
    return rows


def pairs(rows: Mapping[str, str | Text], style: str = "dim") -> Table:
    """Names in one column, what they stand for in the next."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def print_hints(out: Console, commands: Mapping[str, str]) -> None:
    """Commands to copy, whole, each with what it does: beside it, or beneath where there is no room."""
    if not out.is_terminal or max(map(cell_len, commands)) + ROOM <= out.width:
        out.print(pairs(commands, style="cyan"), soft_wrap=True)
        return
    for command, why in commands.items():
        out.print(command, style="cyan", soft_wrap=True)
        out.print(Padding(Text(why), (0, 0, 0, 2)))


def ways_on(summary: Summary, run: str) -> Iterator[tuple[str, str]]:
    """Commands that would take a run further, each with why."""
    record = summary.record
    if record.regated_from or summary.state == "unknown":
        return
    if summary.state == "running":
        yield f"seedgen watch {run}", "follows it to its end"
    elif summary.state == "finished" and summary.rejected and summary.accepted < record.target:
        yield f"seedgen resume {run}", "makes more in place of those that were rejected"
    elif summary.state == "finished":
        yield f"seedgen resume {run} --target {record.target * 2}", "extends it"
    else:
        limit = LIMIT.search(record.end_message) if record.end == "budget" else None
        flag = f" --{limit[1].replace('_', '-')} …" if limit else ""
        why = f"goes on, with a larger {limit[0]}" if limit else "goes on where it stopped"
        yield f"seedgen resume {run}{flag}", why


def print_ending(out: Console, reader: RunReader, ending: Ending, seconds: float, run: str) -> None:
    """What came of a start: some items, the commands to look further, and last, where the eye is, the figures."""
    summary = reader.summary()
    lines = reader.accepted_at(spread(summary.accepted))
    word = "finished" if ending.end == "target" else f"stopped short ({ending.end})"
    refused = ", ".join(f"{shown(name)} {count:,}" for name, count in by_filter(summary.refusals).most_common())
    rows = {
        "accepted": f"{ending.accepted:,} of {ending.target:,}",
        "candidates": f"{summary.candidates:,}" + (f"; refused by {refused}" if refused else ""),
        **spending(summary),
        "time": span(seconds),
    }
    print_samples(out, lines)
    out.print(Text("Look further", "bold"))
    print_hints(out, dict([*commands(run, lines, summary.refusals), *ways_on(summary, run)]))
    out.print(Text(f"\n{summary.record.name} {word}: {shown(ending.message)}", "bold"))
    out.print(pairs(rows))


def spread(size: int) -> list[int]:
    """Some positions, the first among them, evenly spread over a dataset of this size."""
    count = min(SAMPLES, size)
    return [n * size // count for n in range(count)]


def print_samples(out: Console, lines: Sequence[ItemView]) -> None:
    for line in lines:
        texts = {"input": line.input, "output": line.output}
        rows = {name: Text(shown(text, 3 * out.width)) for name, text in texts.items() if text}
        out.print(pairs({line.ref: Text(shown(line.instruction, 3 * out.width), "bold"), **rows}))
        out.print("")


def commands(run: str, lines: Sequence[ItemView], refusals: Collection[object] = ()) -> Iterator[tuple[str, str]]:
    """Commands to look further into a run that has these items and refusals, each with what it shows."""
    if lines:
        yield f"seedgen items {run}", "every accepted item"
        yield f"seedgen show {run} {lines[0].ref}", "one item's whole life"
    if refusals:
        yield f"seedgen items {run} --verdict refused", "what was not, and why"
    if lines:
        yield f"seedgen export {run} --format messages --out {out_name(run)}.jsonl", "the dataset, as JSONL"


def out_name(run: str) -> str:
    return block(run.split(" ")[0]).rpartition("/")[2] or "dataset"
