"""`seedgen calibrate`: what a threshold would refuse, with the pairs next to it, so that people can choose one for their model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from seedgen.audit import calibration
from seedgen.audit.calibration import Calibration, Pair, Step, Texts, texts_of_file, texts_of_run
from seedgen.audit.common import anywhere
from seedgen.cli import options
from seedgen.cli.plain import plain, print_json
from seedgen.cli.refused import marked
from seedgen.cli.shown import console, shown
from seedgen.config.layers import Flags, load_config
from seedgen.config.model import Config, stored_config
from seedgen.errors import UsageError
from seedgen.gate.rouge import RougeConfig
from seedgen.gate.semantic import SemanticConfig
from seedgen.records import Vector
from seedgen.store.folder import NAME
from seedgen.store.open import open_run
from seedgen.teachers.encoder import AT_ONCE, make_encoder

Filter = Literal["semantic", "rouge", "both"]
LADDERS = {"semantic": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95), "rouge": (0.5, 0.6, 0.7, 0.8, 0.9)}
SAMPLE = 5000


def command(
    source: Annotated[str, typer.Argument(metavar="FILE_OR_RUN", help='A run, or seeds (./NAME if a run has it), a .txt, "bundled".')],
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="Embedding model: bundled, a path, a hub id, a server's.")
    ] = None,
    base_url: options.BaseUrl = None,
    filter_: Annotated[Filter, typer.Option("--filter", help="Which filter to try.")] = "both",
    thresholds: Annotated[str | None, typer.Option("--thresholds", metavar="LIST", help="As 0.7,0.8,0.9.")] = None,
    sample: Annotated[int, typer.Option("--sample", metavar="N", min=0, help="Judge at most so many; 0 for all.")] = SAMPLE,
    runs: options.Runs = options.RUNS,
    as_json: options.Json = False,
) -> None:
    """Show what a similarity threshold would refuse.

    Each text is judged against all earlier ones, as the gate does, for a ladder of thresholds, and the pairs next to each are shown. No
    teacher is asked.
    """
    found, config = opened(source, runs, {"gate.semantic.model": model, "gate.semantic.base_url": base_url})
    texts, notes = calibration.sample(calibration.distinct(found), sample), console(err=True)
    made = []
    if filter_ != "rouge":
        semantic, ladder = config.gate.of(SemanticConfig), thresholds_in(thresholds, "semantic")
        pairs = calibration.semantic_pairs(asyncio.run(encoded(texts.texts, semantic, notes)), (*ladder, semantic.threshold))
        made.append(calibration.calibrate("semantic", texts, pairs, ladder, present=semantic.threshold))
    if filter_ != "semantic":
        rouge, ladder = config.gate.of(RougeConfig), thresholds_in(thresholds, "rouge")
        pairs = calibration.rouge_pairs(texts.texts, (*ladder, rouge.threshold))
        made.append(calibration.calibrate("rouge", texts, pairs, ladder, present=rouge.threshold))
    if as_json:
        judged = {"source": source, "seeds": texts.seeds, "judged": texts.judged, "left_out": texts.left_out}
        print_json({**judged, "filters": plain_calibrations(made, config)})
    else:
        print_calibrations(console(), texts, made, config)


def opened(source: str, runs: Path, changes: Mapping[str, str | None]) -> tuple[Texts, Config]:
    """The texts of a file, folder or run, and the config to try them with: the run's, or the one a run would have here.

    A run comes before a file of the same name, which is meant by ./NAME.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    path, named = Path(source), NAME.fullmatch(source) and (runs / source / "run.db").is_file()
    if source == "bundled" or (not named and (path.is_file() or (path.is_dir() and not (path / "run.db").exists()))):
        return texts_of_file(source), stored_config(load_config(None, Flags(), os.environ).to_json(), "calibrate", given)
    if path.suffix in (".txt", ".json", ".jsonl"):
        raise UsageError(f"{source}: no such file")
    reader = open_run(source, runs)
    return texts_of_run(reader), stored_config(reader.summary().record.config, "calibrate", given)


def thresholds_in(text: str | None, name: str) -> tuple[float, ...]:
    """The thresholds a person wrote, or the usual ones of this filter. Raises `UsageError`."""
    if text is None:
        return LADDERS[name]
    try:
        values = tuple(map(float, text.split(",")))
    except ValueError:
        values = ()
    if not values or not all(0 < value <= 1 for value in values):
        raise UsageError(f'--thresholds: "{text}" is no list of numbers above 0 and up to 1; write for example 0.7,0.8,0.9')
    return values


async def encoded(texts: Sequence[str], config: SemanticConfig, notes: Console) -> list[Vector]:
    """The texts' vectors, with progress shown."""

    notes.print(f"encoding {len(texts):,} texts with {origin(config)} …", soft_wrap=True)
    starts = range(0, len(texts), AT_ONCE)
    encoder = make_encoder(config, os.environ)
    try:
        batches = track(starts, "encoding", console=notes, transient=True, disable=not notes.is_terminal)
        return [vector for start in batches for vector in await encoder.encode(texts[start : start + AT_ONCE])]
    finally:
        await encoder.close()


def origin(config: SemanticConfig) -> str:
    name = "the bundled model (all-MiniLM-L6-v2)" if config.model == "bundled" else config.model
    return shown(f"{name} at {config.base_url}" if config.base_url else name)


def print_calibrations(out: Console, texts: Texts, made: Sequence[Calibration], config: Config) -> None:
    """A ladder a filter, its pairs, and what its present threshold does."""
    seeds = f" after {texts.seeds:,} seeds" if texts.seeds else ""
    out.print(f"{texts.judged:,} instructions{seeds}, each against all earlier ones, each filter on its own", soft_wrap=True)
    for reason in texts.left_out:
        out.print(f"left out: {reason}", style="dim", soft_wrap=True)
    measures = {
        "semantic": f"semantic: cosine of embeddings by {origin(config.gate.of(SemanticConfig))}",
        "rouge": "rouge: ROUGE-L F1, words in common",
    }
    for found in made:
        out.print(f"\n{measures[found.filter]}", style="bold", soft_wrap=True)
        out.print(ladder(found), "")
        print_ruler(out, found)
        out.print(f"\n{sentence(found)}", soft_wrap=True)


def ladder(found: Calibration) -> Table:
    """A line a threshold: how many it refuses, and their share."""
    headings = (Column("threshold", justify="right"), Column("refused", justify="right"), Column("share", justify="right"), "")
    table = Table(*headings, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for step in found.steps:
        table.add_row(f"{step.threshold:g}", f"{step.refused:,}", share(step, found), "now" if step.threshold == found.present else "")
    return table


def share(step: Step, found: Calibration) -> str:
    return f"{100 * step.refused / found.judged:.1f} %" if found.judged else "–"


def print_ruler(out: Console, found: Calibration) -> None:
    """The pairs next to the thresholds, each once, from the most alike down, and the thresholds between them."""
    for mark in ruler(found):
        if isinstance(mark, float):
            out.print(f"── {mark:g}{', now' if mark == found.present else ''} ── above it: refused; below: passes", style="dim")
        else:
            out.print(beside(out, mark))


def beside(out: Console, pair: Pair) -> Table:
    """The score, the text and its neighbour, with the words they share marked."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=6)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    common = anywhere(pair.later, pair.earlier)
    table.add_row(f"{pair.score:.4f}", marked(out, pair.later, common.one), marked(out, pair.earlier, common.other))
    return table


def ruler(found: Calibration) -> list[Pair | float]:
    """Thresholds and the pairs next to them, from the top down."""
    pairs: set[Pair] = {pair for step in found.steps for pair in (*step.above, *step.below)}
    marks: list[Pair | float] = [*(step.threshold for step in found.steps), *pairs]
    return sorted(marks, key=lambda m: (-m, "", "") if isinstance(m, float) else (-m.score, m.later, m.earlier))


def sentence(found: Calibration) -> str:
    """What the present threshold does, and how to set another."""
    key = f"gate.{found.filter}.threshold"
    return (
        f"{key} is {found.present:g} now: it would refuse {found.now.refused:,} of these {found.judged:,} ({share(found.now, found)}). "
        f"If pairs above it are tasks of their own, raise it; if pairs below it are one task twice, lower it: --set {key}=…"
    )


def plain_calibrations(made: Sequence[Calibration], config: Config) -> list[dict[str, Any]]:
    """The calibrations as JSON has them."""
    models = {"semantic": config.gate.of(SemanticConfig).model}
    return [{**plain(found), "model": models.get(found.filter)} for found in made]
