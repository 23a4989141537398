"""Richer open tasks for a wanted kind: ideas, invented texts, explanations, plans, conversations. Answered as in `prose`."""

from __future__ import annotations

from random import Random

from seedgen.scripted import facts
from seedgen.scripted.frame import Answering, Frame, Tier, Values
from seedgen.scripted.prose import NUMBERS, because, contrast, dialogue, letter, plan, points, sentence, story, topic, verse


def ideas(values: Values, rng: Random) -> tuple[str, str]:
    """With a reason for each, and the best of them."""
    chosen = rng.sample(facts.POINT, NUMBERS.get(values.get("count", ""), 5))
    reasons = rng.sample(facts.MIDDLE, len(chosen))
    lines = "\n".join(f"{n}. {point}. {reason}" for n, (point, reason) in enumerate(zip(chosen, reasons, strict=True), 1))
    return "", f"{sentence(topic(values))}:\n{lines}\n\nThe best of them: {rng.choice(chosen).lower()}."


def in_turn(*answers: Answering) -> Answering:
    """One answer after the other, for a task that asks for both."""

    def answer_in_turn(values: Values, rng: Random) -> tuple[str, str]:
        return "", "\n\n".join(answer(values, rng)[1] for answer in answers)

    return answer_in_turn


def explained(values: Values, rng: Random) -> tuple[str, str]:
    why = because(values, rng)[1]
    mistake = f"A common mistake is to look for a single cause. {rng.choice(facts.MIDDLE)}"
    return "", f"{why}\n\n{mistake}\n\nQuestion: Do you know {values['why']}?\nAnswer: {facts.WHY[values['why']]}"


def budget(values: Values, rng: Random) -> tuple[str, str]:
    """The sum is split in whole euros that add up to it."""
    whole = int(values["big"])
    first, second = whole * 5 // 10, whole * 3 // 10
    rows = zip((first, second, whole - first - second), rng.sample(facts.POINT, 3), strict=True)
    return "", f"Plan for {topic(values)}\n" + "\n".join(f"{part} euros: {point}." for part, point in rows) + f"\nTotal: {whole} euros."


def timetable(values: Values, rng: Random) -> tuple[str, str]:
    start = int(values["hour"])
    lines = [f"{(start + n) % 24}:00 {point}." for n, point in enumerate(rng.sample(facts.POINT, 4))]
    return "", f"{sentence(topic(values))}\n" + "\n".join(lines)


def reply(values: Values, rng: Random) -> tuple[str, str]:
    first, second = rng.sample(facts.SAY, 2)
    heard = values.get("quote", topic(values))
    answer = f'{first}. When you say "{heard}", I take it seriously. {second}.'
    return "", f"{answer} {rng.choice(facts.POINT)}, and tell me: what would help you most?"


def free(kind: str, tier: Tier, answer: Answering, *texts: str) -> list[Frame]:
    """Frames whose answers may follow a remark on style."""
    return [Frame(kind, text, answer, open_ended=True, tier=tier) for text in texts]


def bound(kind: str, answer: Answering, *texts: str) -> list[Frame]:
    """Complex frames, which have said all there is to ask."""
    return [Frame(kind, text, answer, tier="complex") for text in texts]


FRAMES: tuple[Frame, ...] = (
    *free("brainstorming", "moderate", ideas,
        "{offer} {count} {idea} for {event}, {style}",
        "{offer} {count} ways to win {audience} over to {skill}, {style}",
        "Suppose that {person} {happening}. Come up with {count} things to do next, {style}.",
        "collect {count} uses for {thing} {setting}, {style}",
        "What could {audience} do about {subject}? Think of {count} measures, {style}.",
    ),
    *bound("brainstorming", ideas,
        "So far, {audience} took no interest in {subject}. Brainstorm {count} remedies, {style}, with a reason for each, "
        "and pick the one that {person} could start tomorrow.",
        "Suppose {person} wanted to open a business with {skill} {setting}. "
        "Give {count} ideas with a reason for each, {style}, and name the best.",
        "For {event}, {offer} {count} {idea}, {style}; none may need more than {big} euros, each gets a reason, and the best comes last.",
        "Suppose the world agreed that {claim}. Brainstorm {count} consequences for {person}, {style}, and say which matters most.",
    ),
    *free("creative", "simple", story,
        "{make} a fable in which {person} {happening}",
        "What would {thing} say if it could speak? Let it tell how {person} {happening}.",
        "describe in a {tone} voice the day on which {person} {happening}",
    ),
    *bound("creative", story,
        "Tell a complete story {setting}: {person} {happening}. Open with {thing}, keep a {tone} mood, mention {subject} once, "
        "and let the last sentence answer the first.",
        "Write a scene for the stage, {setting}, in which {person} {happening} and {name} must not find out. Two voices, a {tone} ending, "
        "and no word about {skill}.",
        "{make} {form} in two parts for {audience}: in the first {person} {happening}, in the second, years later, {thing} tells why",
    ),
    *bound("creative", in_turn(verse, story),
        "For {audience}, compose a {tone} poem on {thing}, then a short tale in which {person} {happening}; "
        "the poem must foreshadow the tale.",
    ),
    *free("open_qa", "simple", because,
        "tell {person} in two sentences {why}",
        "What do you tell {audience} when the talk {setting} turns to this: {why}?",
        "In a nutshell, and for {name} in {city}: do you know {why}?",
    ),
    *bound("open_qa", explained,
        "Explain to {person} {why}: first the short answer, then a common mistake, and at last a question with its answer "
        "that {audience} could use in a quiz.",
        "A column for {audience} needs three parts: {why}, what people often get wrong about it, and a question with its answer, "
        "in a {tone} tone.",
        "At {event} {person} asked {why}. Give the cause, then warn of a wrong turn, and close with a question and answer on it.",
    ),
    *bound("open_qa", in_turn(contrast, because),
        "Two things puzzle {audience}: what the difference between {compare} is, and {why}. "
        "Explain one after the other, as {person} would.",
        "For a quiz at {event}, {name} needs two answers, each in a paragraph: what sets {compare} apart, and {why}.",
    ),
    *free("planning", "simple", points,
        "What should {person} pack for {event} {setting}?",
        "list the first {count} steps to {event} for {audience}",
        "advise {name} and {person} on {skill} in {count} lines",
        "{name} wants to begin with {skill}. How should {audience} help? Set out {count} steps.",
        "sketch a first week of {skill} for {person} in {count} steps",
        "divide the work for {event} into {count} tasks for {audience}",
    ),
    *free("planning", "moderate", timetable,
        "set up an agenda for {event} that starts at {hour}:00 and suits {audience}",
        "lay out four lessons in {skill} for {person}, the first at {hour}:00",
        "From {hour}:00 on, there are four hours of {skill} for {audience}. What is the timetable?",
    ),
    *bound("planning", budget,
        "Plan {event} for {audience} with {big} euros: split the sum into three posts, give the task that goes with each, "
        "and check that the posts add up to the total; {person} keeps the books.",
        "With {big} euros for {skill}, {person} needs a budget: three posts and a step for each, in whole euros that add up. "
        "Set it up so that {audience} can follow it.",
        "Given {big} euros, {small} helpers and {event} {setting}, divide the money among three tasks, one line each, with the total "
        "below.",
    ),
    *bound("planning", in_turn(plan, points),
        "Design a working week for {person}, who prepares {event} and wants to keep up {skill}: "
        "a line for each day, then {count} rules of thumb "
        "for when it rains.",
        "Next {month}, {event} is to be run by {audience}. Write the schedule of the last week, day by day, and below it {count} "
        "steps in case {name} falls ill.",
    ),
    *free("conversation", "moderate", reply,
        'reply to {person}, who said {setting}: "{quote}"; sound {tone}',
        '{name} writes to you before {event}: "{quote}". Answer with a question of your own.',
        'You run the {shop} in {city}. A guest complains: "{quote}". What do you say?',
        "say something {tone} to {person}, who asks for {want} in front of {audience}",
    ),
    *bound("conversation", in_turn(reply, dialogue),
        'You are {person:a}, and {person:b} tells you {setting}: "{quote}". Answer kindly, then write how the talk goes on, four lines, '
        "with one question in it and a word about {event}.",
        'Role-play: {name} says "{quote}" to {person} at {event}. Give the first reply, then four more lines of the dialogue between them, '
        "{tone} throughout.",
    ),
    *bound("conversation", in_turn(letter, reply),
        "Since {month}, {audience} had to wait for {want}. As {person}, write them a {tone} letter, then the words for a telephone call "
        "with the angriest of them.",
        "Two messages are needed in {month}: a {tone} letter in which {person} asks for {want}, and what {name} replies in person. "
        "Write both.",
    ),
)  # fmt: skip
