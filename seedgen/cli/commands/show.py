"""`seedgen show`: the whole provenance of one item."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from seedgen.audit import compare_life, nearest_by_rouge
from seedgen.cli import options
from seedgen.cli.life import print_life
from seedgen.cli.masking import masked_life
from seedgen.cli.plain import decoded, plain, print_json
from seedgen.cli.refused import plain_comparison
from seedgen.cli.shown import console
from seedgen.store.open import open_run
from seedgen.store.ports import Call, Life, Near, RunReader
from seedgen.teachers.wire import read_saved


def command(
    run: options.Run,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="As seedgen items names it: 17.3", show_default=False)],
    full: Annotated[bool, typer.Option("--full", help="Show every prompt from its first line.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Show answers byte for byte, not only their text.")] = False,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Show the whole provenance of one item.

    Its parents with text, the prompts, the answers, each verdict with number and nearest neighbour, the calls with tokens and cost.
    """
    reader = open_run(run, runs)
    life = reader.life(item)
    life = life if raw else masked_life(life)
    closest, comparison = nearest_by_words(reader, life), compare_life(life)
    if as_json:
        nearest = closest and {**plain(closest[0]), "score": closest[1]}
        print_json({**plain_life(life, raw=raw), "nearest_by_rouge": nearest, **plain_comparison(comparison)})
    else:
        print_life(console(), life, closest, comparison, raw=raw, full=full)


def plain_life(life: Life, *, raw: bool) -> dict[str, Any]:
    """The life as JSON has it, each verdict with its neighbour, each call with what was thought before its answer; answers are read where
    they are JSON, unless they are wanted `raw`.
    """
    value: dict[str, Any] = plain(life)
    verdicts = [{**verdict, "near": near} for verdict, near in value["verdicts"]]
    return {**value, "verdicts": verdicts, "calls": [plain_call(*pair, raw=raw) for pair in zip(life.calls, value["calls"], strict=True)]}


def plain_call(call: Call, value: dict[str, Any], *, raw: bool) -> dict[str, Any]:
    answer = read_saved(call.body, call.reader)
    return {**value, "body": value["body"] if raw else decoded(value["body"]), "reasoning": answer.reasoning if answer else ""}


def nearest_by_words(reader: RunReader, life: Life) -> tuple[Near, float] | None:
    """The nearest entry by ROUGE-L among those that were in the pool before this item, with its score."""
    if life.pool_index is None:
        return None
    found = nearest_by_rouge(life.instruction, reader.pool()[: life.pool_index])
    return found and (reader.entry(found[0]), found[1])
