"""One item's whole life on one screen: what it is, where it came from, who judged it how, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seedgen.cli.plain import block
from seedgen.cli.refused import marked
from seedgen.cli.shown import money, shown
from seedgen.cli.summary import pairs
from seedgen.cli.tables import print_table
from seedgen.records import MARKED, PROPOSE
from seedgen.teachers.wire import read_saved

TAIL = 3
REASONING = 400
"""Characters of it that are shown unless all is asked for."""
CALL_COLUMNS = ("call", "teacher", "model", "template", "digest", "state", "tokens", "cost", "seconds", "sent")

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from seedgen.audit import Comparison
    from seedgen.records import Mark, Verdict
    from seedgen.store.ports import Call, Life, Near

STYLES = {"accepted": "bold green", "surplus": "bold yellow", "refused": "bold red", "rejected": "bold red"}


def print_life(out: Console, life: Life, closest: tuple[Near, float] | None, refused: Comparison | None, *, raw: bool, full: bool) -> None:
    """The life, from the item itself back to the bytes it was made of.

    `closest` is its nearest neighbour by ROUGE-L, if it passed; `refused` sets it beside the neighbour it was refused for.
    """
    sections = {
        "Instruction": indented(life.instruction),
        "Refused for its neighbour": beside(out, life, refused) if refused else None,
        "Items": Group(*instances(life)) if life.items else None,
        "Marks": Group(*map(marked_by, life.marks)) if life.marks else None,
        "Origin": pairs(dict(origin(life))),
        "Parents": pairs({f"  {p.ref}": shown(p.instruction, 2 * out.width) for p in life.parents}),
        "Gate": verdict_table(life.verdicts, closest, life.run.thresholds),
    }
    out.print(heading(life))
    for name, content in sections.items():
        if content:
            out.print(Text(f"\n{name}", "bold"))
            out.print(content)
    if life.calls:
        out.print(Text("\nCalls", "bold"))
        print_calls(out, life.calls)
    for call in life.calls:
        print_exchange(out, call, raw=raw, full=full)


def heading(life: Life) -> Text:
    standings = [item.standing for item in life.items] or ["refused"]
    text = Text.assemble((f"{life.run.name} {life.ref}  ", "bold"))
    for standing, item in zip(standings, life.items or [None], strict=True):
        place = (
            f", number {item.position + 1:,} of {life.run.target:,}"
            if item and standing == "accepted" and item.position is not None and item.position < life.run.target
            else ""
        )
        text.append(f"{standing}{place}  ", STYLES[standing])
    return text


def indented(text: str, by: int = 2) -> Padding:
    return Padding(Text(block(text) or "(empty)"), (0, 0, 0, by))


def beside(out: Console, life: Life, refused: Comparison) -> Group:
    """How close it was to which one, and both texts with the words in common marked."""
    limit = "" if refused.threshold is None else f", refused above {refused.threshold:g}"
    score = "" if refused.verdict.score is None else f" {refused.verdict.score:.3f}"
    ours = marked(out, life.instruction, refused.common.one)
    theirs = marked(out, refused.near.instruction, refused.common.other)
    return Group(
        Text(f"  {shown(refused.verdict.filter)}{score}{limit}; words in common are marked", "dim"),
        pairs({f"  {life.ref}": ours, f"  {shown(refused.near.ref)}": theirs}),
    )


def instances(life: Life) -> Iterator[RenderableType]:
    """The inputs and outputs made for the instruction, with the checks they went through."""
    for item in life.items:
        for name, text in (("input", item.input), ("output", item.output)):
            if text or name == "output":
                yield Text(f"  {item.ref} {name}", "dim")
                yield indented(text, 4)
        for verdict in life.item_verdicts.get(item.ref, ()):
            yield Text(f"  check {outcome(verdict)}", "dim" if verdict.passed else "red")


def marked_by(mark: Mark) -> Text:
    """Who said what of an item, when and why."""
    changed = [name for name in MARKED if getattr(mark, name) is not None]
    words = "rejected" if mark.rejected else f"edited ({', '.join(changed)})" if changed else "accepted"
    why = f": {mark.note}" if mark.note else ""
    return Text(shown(f"  {mark.ref} version {mark.version}, {words} by {mark.marked_by or 'somebody'}, {mark.marked_at}{why}"))


def outcome(verdict: Verdict) -> str:
    """ "rouge refused: near_duplicate 0.83 (evidence)"."""
    word = "passed" if verdict.passed else f"refused: {verdict.reason}"
    score = "" if verdict.score is None else f" {verdict.score:.3f}"
    return shown(f"{verdict.filter} {word}{score}" + (f" ({verdict.evidence})" if verdict.evidence else ""))


def origin(life: Life) -> Iterator[tuple[str, str]]:
    times = life.times
    pool = f"the pool of {shown(life.run.regated_from)}" if life.run.regated_from else "the pool"
    yield "  ticket", f"{life.ticket}, recipe {life.recipe}, drew from the first {life.view_size:,} entries of {pool}"
    if life.pool_index is not None:
        yield "  pool", f"entry {life.pool_index:,}"
    if life.fault:
        yield "  parser", shown(life.fault)
    if life.aim.get("category") or life.aim.get("tier"):
        yield "  aim", shown(", ".join(filter(None, (life.aim.get("category"), life.aim.get("tier")))))
    for trait in ("category", "tier", "language"):
        if value := getattr(life, trait):
            yield f"  {trait}", shown(value + (f" ({life.found[trait]})" if life.found.get(trait) else ""))
    if life.verb:
        yield "  verb, noun", shown(f"{life.verb}, {life.noun or '-'}")
    yield "  times", f"started {times['started']}, gated {times['gated']}, finalized {times['finalized']}"
    yield "  digests", f"config {life.run.config_digest}, seeds {life.run.seeds_digest}"
    yield "  made by", f"seedgen {life.run.version}, run made {life.run.created_at}"


def verdict_table(
    verdicts: Sequence[tuple[Verdict, Near | None]], closest: tuple[Near, float] | None, limits: Mapping[str, float]
) -> Table:
    table = Table.grid("", "", padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for verdict, near in verdicts:
        score = verdict.score
        if verdict.filter == "rouge" and verdict.passed and near is None and closest:
            near, score = closest
        word = Text("passed", "green") if verdict.passed else Text("refused", "red")
        nearest = f"nearest {shown(near.ref)}" + (f": {shown(near.instruction)}" if verdict.passed else "") if near else ""
        details = [shown(verdict.reason), shown(verdict.evidence), nearest]
        number = against(score, limits.get(verdict.filter), verdict.passed)
        table.add_row(f"  {shown(verdict.filter)}", word, number, "; ".join(filter(None, details)))
    return table


def against(score: float | None, limit: float | None, passed: bool) -> str:
    """A score, and the threshold it is above or not."""
    if score is None:
        return ""
    return f"{score:.3f}" if limit is None else f"{score:.3f} {'≤' if passed else '>'} {limit:g}"


def print_calls(out: Console, calls: Sequence[Call]) -> None:
    """A line a call; what went wrong with it beneath."""
    rows = [call_cells(call) for call in calls]
    columns = dict(zip(CALL_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {}
    print_table(out, columns, cut=["teacher"], spare=("sent", "model", "digest", "template", "teacher"))
    for call in calls:
        if call.error or call.message:
            out.print(Text(f"  {call_name(call)}: {shown(f'{call.error} {call.message}', 300)}", "dim"))


def call_cells(call: Call) -> tuple[str, ...]:
    sizes = [("?" if n is None else f"{n:,}") for n in (call.prompt_tokens, call.completion_tokens)]
    price = "unknown" if call.cost is None else money(call.cost)
    took = "" if call.seconds is None else f"{call.seconds:.2f}"
    return (
        call_name(call), call.teacher, call.model, call.template, call.template_digest[:12], call.state, "+".join(sizes), price, took,
        call.sent_at[11:19],
    )  # fmt: skip


def call_name(call: Call) -> str:
    return f"{call.step}.{call.ordinal}" + (f" attempt {call.attempt}" if call.attempt > 1 else "")


def print_exchange(out: Console, call: Call, *, raw: bool, full: bool) -> None:
    """What was asked and what came back. Of the long prompts that ask for an answer, the end is enough unless `full`."""
    name = f"{call.step}.{call.ordinal}" + (f", attempt {call.attempt}" if call.attempt > 1 else "")
    if call.request:
        out.print(Text(f"\nPrompt of {name}", "bold"), Text(f"(request {call.request_digest[:12]}; {settings(call.request)})", "dim"))
        asked = prompt_text(call.request)
        out.print(indented(asked if full or call.role == PROPOSE else ending_of(asked)))
    if call.body:
        answer = read_saved(call.body, call.reader)
        if answer and answer.reasoning:
            out.print(Text(f"\nReasoning before the answer to {name}", "bold"), Text(f"({len(answer.reasoning):,} characters)", "dim"))
            out.print(indented(answer.reasoning if full else shown(answer.reasoning, REASONING)))
        out.print(Text(f"\nAnswer to {name}", "bold"), Text(f"({len(call.body):,} bytes)", "dim"))
        out.print(indented(answer.text if answer and not raw else call.body.decode(errors="replace")))


def ending_of(prompt: str) -> str:
    """The last lines of a prompt; what comes before is its template, the same for every instruction."""
    lines = prompt.splitlines()
    return (
        prompt if len(lines) <= TAIL + 1 else "\n".join([f"… {len(lines) - TAIL} lines of the template; --full shows them", *lines[-TAIL:]])
    )


def settings(request: Mapping[str, Any]) -> str:
    """What a request asks for beside its text."""
    rest = {k: v for k, v in request.items() if k not in ("messages", "prompt")}
    return shown(", ".join(f"{k} {json.dumps(v, ensure_ascii=False)}" for k, v in rest.items()))


def prompt_text(request: Mapping[str, Any]) -> str:
    if "messages" not in request:
        return str(request.get("prompt", ""))
    return "\n\n".join(
        f"{m.get('role')}: {m.get('content')}" if len(request["messages"]) > 1 else str(m["content"]) for m in request["messages"]
    )
