"""Every ticket walked again on its saved answers: what is stored must be what comes out.

Draw, prompt, parsing and responding are pure functions of what a run keeps, so anyone can repeat them. This is the loop without gate,
teachers and turns: the draw is dealt again, each prompt rendered again and held against the request that was sent, each raw answer
parsed again and held against the candidates and items that were made of it.

A regated run has draws and calls of the run it was made from. Its draws are not dealt again, as they are from another pool; an admitted
candidate may have no answer, as it was not admitted there; and one that is not admitted may have some.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import RowMapping

from seedgen import __version__
from seedgen.ask.asker import NOT_ASKED, digest_of, refusal, teacher_for
from seedgen.ask.prompt import PLAIN, read_template
from seedgen.audit.record import Record
from seedgen.config.model import Config
from seedgen.draw.pool import Pool
from seedgen.draw.sampler import draw
from seedgen.draw.steer import Steering
from seedgen.draw.taxonomy import stored_taxonomy
from seedgen.errors import SeedgenError, TeacherError, TeacherRefused
from seedgen.gate.balance import BalanceConfig
from seedgen.loop.ticket import walk
from seedgen.loop.turns import entry_of
from seedgen.recipes import build_recipes
from seedgen.records import (
    PROPOSE,
    Aim,
    Answer,
    CallKey,
    Candidate,
    Draw,
    Entry,
    Gated,
    Instance,
    Item,
    Message,
    Options,
    Prompt,
    Proposal,
    Response,
    Role,
    Step,
    Usage,
    item_ref,
    parse_ref,
)
from seedgen.store.sqlite.damage import UNREADABLE
from seedgen.store.sqlite.packing import Packing
from seedgen.store.sqlite.state import TRAITS, load_gate_turns
from seedgen.teachers.endpoint import NOWHERE
from seedgen.teachers.request import OPTIONS, options_body
from seedgen.teachers.wire import READER, read_body

MALFORMED = (SeedgenError, *UNREADABLE)
"""What code raises that meets content it was never meant to meet; a check reports it as a problem."""

TICKETS = "SELECT * FROM ticket WHERE run_id = :run AND finalized_at != '' ORDER BY ticket"
CANDIDATES = "SELECT * FROM candidate WHERE run_id = :run AND ticket = :ticket ORDER BY ordinal"
ITEMS = "SELECT * FROM item WHERE run_id = :run AND ticket = :ticket ORDER BY ordinal, instance"
CALLS = """
    SELECT c.*, a.request, a.body FROM call c
    LEFT JOIN answer a ON a.run_id = c.run_id AND a.ticket = c.ticket AND a.step = c.step AND a.ordinal = c.ordinal
         AND a.attempt = c.attempt
    WHERE c.run_id = :run AND c.ticket = :ticket ORDER BY c.step, c.ordinal, c.attempt"""
TOKENS = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")


class Unanswered(Exception):
    """The ticket needs an answer that the record does not have."""


async def underived(record: Record) -> list[str]:
    """A sentence for each ticket, call, candidate and item that is not what its sources make of it."""
    walker = Walker(record)
    tickets = walker.rows(TICKETS)
    problems = [problem for ticket in tickets for problem in await walker.problems(ticket)]
    if record.run.version == __version__:
        return problems
    return [f"{problem} (made by seedgen {record.run.version}, checked by {__version__})" for problem in problems]


class Walker:
    """Walks the tickets of one run again."""

    def __init__(self, record: Record) -> None:
        self.record, self.config, self.regated = record, record.config, bool(record.run.regated_from)
        self.recipes = build_recipes(record.config.recipes)
        self.templates = {t.name: read_template(t.name, t.source) for t in record.templates}
        self.packing = Packing({t.name: t.source for t in record.templates})
        self.readers = set(record.readers.values())
        self.pool = Pool(record.seeds)
        for candidate in record.admitted:
            self.pool.append(entry_of(candidate, len(self.pool)))
        for turn in load_gate_turns(record.connection):
            self.pool.close(turn)
        taxonomy = stored_taxonomy(record.run.taxonomy, f"run {record.run.name}")
        self.steering = Steering(taxonomy, self.config.steer, self.config.gate.of(BalanceConfig), record.run.window, self.config.seed)

    def rows(self, query: str, ticket: int | None = None) -> Sequence[RowMapping]:
        return self.record.rows(query, ticket=ticket).all()

    async def problems(self, ticket: RowMapping) -> list[str]:
        number, recipe = ticket["ticket"], self.recipes[ticket["recipe"]]
        answers = SavedAnswers(self, number, recipe.steps)
        audited = Audited(ticket, self.rows(CANDIDATES, number), self.rows(ITEMS, number), self.config.output.instances)
        found: list[str] = []
        try:
            if not self.regated:
                found += self.wrong_draw(ticket)
            parents = tuple(map(self.parent, json.loads(ticket["parents"])))
            await walk(Draw(number, ticket["recipe"], parents, aim_of(ticket)), recipe, answers, audited)
            found += audited.problems
            found += answers.unasked(audited.refused() if self.regated else ())
        except Unanswered as exc:
            found += [*audited.problems, str(exc)]
        except MALFORMED as exc:
            found += [*audited.problems, f"ticket {number} cannot be walked again: {type(exc).__name__}: {exc}"]
        return found + answers.problems

    def wrong_draw(self, ticket: RowMapping) -> Iterator[str]:
        number = ticket["ticket"]
        view = self.pool.view_after(number - self.record.run.window)
        aim = self.steering.aim(view, number)
        dealt = draw(view, number, seed=self.config.seed, recipes=self.recipes, weights=self.config.recipes.weights(), aim=aim)
        if (dealt.recipe, [parent.index for parent in dealt.parents]) != (ticket["recipe"], json.loads(ticket["parents"])):
            yield f"ticket {number} was not given what its draw gives: {dealt.recipe}, {', '.join(p.ref for p in dealt.parents)}"
        if aim != aim_of(ticket):
            yield f"ticket {number} was not steered to what its view of the pool gives: {aim.category or 'nothing'} {aim.tier}".rstrip()

    def parent(self, parent: int | str) -> Entry:
        """A pool entry by its index; what is no pool entry in a regated run, by its ref."""
        if not isinstance(parent, str):
            return self.pool.entries[parent]
        ticket, ordinal, _ = parse_ref(parent)
        return entry_of(candidate_of(self.rows(CANDIDATES, ticket)[ordinal]), None)


@dataclass
class Audited:
    """The stages of a ticket that is audited (`ticket.Stages`): what comes out of each is held against what is stored, which goes on."""

    ticket: RowMapping
    stored: Sequence[RowMapping]
    items: Sequence[RowMapping]
    most: int
    problems: list[str] = field(default_factory=list)

    async def candidates(self, proposals: Sequence[Proposal], fault: str) -> Sequence[Candidate]:
        """Problems are candidates that are not the proposals in the ticket's answer, and a fault that is not the answer's."""
        number = self.ticket["ticket"]
        if fault != self.ticket["fault"]:
            self.problems.append(f'ticket {number} has fault "{self.ticket["fault"]}", its answer "{fault}"')
        if len(proposals) != len(self.stored):
            self.problems.append(f"ticket {number} has {len(self.stored)} candidates, its answer {len(proposals)}")
        differing = (row for row, proposal in zip(self.stored, proposals, strict=False) if proposal_of(row) != proposal)
        self.problems += [f"candidate {number}.{row['ordinal']} is not what its answer says" for row in differing]
        return list(map(candidate_of, self.stored))

    async def gate(self, candidates: Sequence[Candidate]) -> Sequence[Gated]:
        """What was admitted; whether it should have been is asked elsewhere (`admissions`)."""
        return [Gated(candidate, (), row["pool_index"]) for candidate, row in zip(candidates, self.stored, strict=True)]

    def check(self, gated: Sequence[Gated], responses: Sequence[Response]) -> Sequence[Item]:
        """Problems are items that are not what the answers to the admitted candidates make them."""
        admitted = (g.candidate for g in gated if g.admitted)
        for candidate, response in zip(admitted, responses, strict=True):
            rows = (row for row in self.items if row["ordinal"] == candidate.ordinal)
            stored = [Instance(row["input"], row["output"], row["kind"], row["payload"]) for row in rows]
            self.problems += differences(candidate, stored, instances(response, self.most))
        return ()

    async def place(self, items: Sequence[Item]) -> None:
        """Places are looked at for all tickets at once (`rules`)."""

    def refused(self) -> set[int]:
        return {row["ordinal"] for row in self.stored if row["pool_index"] is None}


class SavedAnswers:
    """`ask` for one ticket, answered from the record. What is wrong with the calls it is asked for goes to `problems`."""

    def __init__(self, walker: Walker, ticket: int, steps: Mapping[Step, Role]) -> None:
        self.walker, self.ticket, self.steps = walker, ticket, steps
        self.problems: list[str] = []
        self.asked: set[tuple[str, int]] = set()
        self.questions: defaultdict[tuple[str, int], list[RowMapping]] = defaultdict(list)
        for call in walker.rows(CALLS, ticket):
            if "superseded" not in call["notes"]:
                self.questions[call["step"], call["ordinal"]].append(call)

    async def __call__(
        self, step: Step, ordinal: int, template: str, *, turns: Sequence[Message] = (), options: Options = PLAIN, **values: Any
    ) -> Answer:
        attempts = self.questions.get((step, ordinal), [])
        if (step, ordinal) not in self.asked:
            self.asked.add((step, ordinal))
            for call in attempts:
                if call["body"] is not None:
                    self.problems += self.wrong_request(
                        call, template, partial(self.walker.templates[template].render, turns=turns, options=options, **values)
                    )
                    self.problems += self.wrong_reading(call)
        return self.settled(step, ordinal, attempts)

    def settled(self, step: Step, ordinal: int, attempts: Sequence[RowMapping]) -> Answer:
        """The first readable answer, or the refusal. Raises `Unanswered`."""
        if self.walker.regated and not attempts and self.steps[step] != PROPOSE:
            return NOT_ASKED
        answers = (read(call, self.walker.packing) for call in attempts if call["body"] is not None)
        refusals = (refusal(call["error"]) for call in attempts if call["state"] == "refused")
        answer = next(filter(None, answers), None) or next(refusals, None)
        if answer is None:
            raise Unanswered(f"ticket {self.ticket} is final, but nothing was answered to {step} {ordinal}")
        return answer

    def unasked(self, spared: Collection[int]) -> Iterator[str]:
        """Calls that were not asked for; those about the candidates `spared` need not be, nor those that only older rules asked for."""
        for step, ordinal in self.questions.keys() - self.asked:
            if (self.steps.get(step) == PROPOSE or ordinal not in spared) and not self.left_over(step, ordinal):
                yield f"call {self.ticket}.{step}.{ordinal} answers nothing that its ticket asks"

    def left_over(self, step: Step, ordinal: int) -> bool:
        """Whether what was asked before the ticket's rules of reading was not asked again under them."""
        rules = {call["reader"] for question in self.asked for call in self.questions.get(question, ())}
        found = {call["reader"] for call in self.questions[step, ordinal]}
        return len(self.walker.readers) > 1 and rules.isdisjoint(found - {""})

    def wrong_request(self, call: RowMapping, template: str, render: Callable[..., Prompt]) -> Iterator[str]:
        data = self.walker.packing.unpack(call["request"])
        if digest_of(data) != call["request_digest"]:
            yield f"{name(call)}: its request is not the one that its digest was made of"
        request = json.loads(data)
        prompt = render(chat="messages" in request)
        stop = list(prompt.stop)  # may have been left out, as any parameter that a server does not take
        if (template, asked_text(prompt, request), stop) != (call["template"], sent_text(request), request.get("stop", stop)):
            yield f"{name(call)}: the prompt that its ticket makes is not the one that was sent"
        sent = {option: request[option] for option in OPTIONS if option in request}
        if not sent.items() <= options_body(prompt.options).items():
            yield f"{name(call)}: its options are not those that its ticket asks for"
        key, role = CallKey(call["ticket"], call["step"], call["ordinal"]), self.steps[call["step"]]
        if call["role"] != role:
            yield f'{name(call)} has the role "{call["role"]}", its step "{role}"'
        if call["teacher"] != (due := teacher_for(key, role, self.walker.config.teachers, self.walker.config.seed)):
            yield f'{name(call)} was put to "{call["teacher"]}"; by the weights in the config it falls to "{due}"'

    def wrong_reading(self, call: RowMapping) -> Iterator[str]:
        """An answer whose state, tokens, model or cost is not what the bytes and the config say."""
        answer = read(call, self.walker.packing)
        readable = answer is not None and answer.finish not in ("refused", "too_long")
        if readable != (call["state"] == "answered"):
            yield f'{name(call)} is "{call["state"]}", which is not what came back'
        if answer is None or not readable:
            return
        if answer.usage != Usage(*(call[column] for column in TOKENS)):
            yield f"{name(call)}: its tokens are not those in its answer"
        if answer.model and answer.model != call["answered_by"]:
            yield f'{name(call)}: answered by "{call["answered_by"]}", its answer names "{answer.model}"'
        due = cost(answer.usage, call["teacher"], self.walker.config)
        if due is not None and not math.isclose(due, call["cost"] or 0.0):
            yield f"{name(call)} cost {call['cost']}; by the prices in the config it should be {due}"


def read(call: RowMapping, packing: Packing) -> Answer | None:
    """What came back, read again; None if there is no answer in it."""
    try:
        return read_body(packing.unpack(call["body"]), NOWHERE, call["reader"] or READER)
    except TeacherRefused as exc:
        return refusal(type(exc).__name__)
    except TeacherError:
        return None


def asked_text(prompt: Prompt, request: Mapping[str, Any]) -> Any:
    """What this prompt gives a teacher to read, in the form that the request has."""
    said = [(message.role, message.content) for message in prompt.messages]
    return said if "messages" in request else "\n\n".join(content for _, content in said)


def sent_text(request: Mapping[str, Any]) -> Any:
    """What the teacher was given to read."""
    return [(m.get("role"), m["content"]) for m in request["messages"]] if "messages" in request else request["prompt"]


def cost(usage: Usage, teacher: str, config: Config) -> float | None:
    """US dollars by the config's own prices; None if it has none, or tokens are unknown. Some kinds of teacher are free."""
    settings = config.teachers[teacher]
    if settings.facts.free:
        return 0.0
    given, made, asked, said = settings.input_price, settings.output_price, usage.prompt_tokens, usage.completion_tokens
    if given is None or made is None or asked is None or said is None:
        return None
    rebate = 0.0 if settings.cached_price is None else given - settings.cached_price
    return (asked * given + said * made - min(usage.cached_tokens or 0, asked) * rebate) / 1e6


def name(call: RowMapping) -> str:
    return f"call {call['ticket']}.{call['step']}.{call['ordinal']} (attempt {call['attempt']})"


def aim_of(ticket: RowMapping) -> Aim:
    fields = json.loads(ticket["aim"])
    return Aim(**{**fields, "avoid": tuple(fields.get("avoid", ()))})


def proposal_of(row: RowMapping) -> Proposal:
    return Proposal(row["instruction"], row["input"], row["output"], row["fault"], row["compared"])


def candidate_of(row: RowMapping) -> Candidate:
    return Candidate(row["ticket"], row["ordinal"], proposal_of(row), **{trait: row[trait] for trait in TRAITS})


def instances(response: Response, most: int) -> list[Instance]:
    """What items are made of: the first instances, or an empty one that failed."""
    return list(response.instances[:most]) or [Instance("", "")]


def differences(candidate: Candidate, stored: Sequence[Instance], due: Sequence[Instance]) -> Iterator[str]:
    if len(stored) != len(due):
        yield f"candidate {candidate.ref} has {len(stored)} items, its answer {len(due)}"
    for instance, (one, other) in enumerate(zip(stored, due, strict=False)):
        if one != other:
            yield f"item {item_ref(candidate.ticket, candidate.ordinal, instance)} is not what its answer says"
