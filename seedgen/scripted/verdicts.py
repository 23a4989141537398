"""Tasks that end in a verdict: labels by rule, marks by criteria, choices between two. A verdict by rule is right."""

from __future__ import annotations

from random import Random

from seedgen.scripted import cases, facts
from seedgen.scripted.exact import ints
from seedgen.scripted.frame import Answering, Frame, Tier, Values
from seedgen.scripted.passages import phrase
from seedgen.scripted.prose import label, life, passage, sentence, topic


def by_size(values: Values, _rng: Random) -> tuple[str, str]:
    count, low, price = ints(values, "a", "big", "num")
    return "", "large" if count * price > low else "small"


def divisible(values: Values, _rng: Random) -> tuple[str, str]:
    whole, part = ints(values, "big", "small")
    return "", "no" if whole % part else "yes"


def urgency(values: Values, _rng: Random) -> tuple[str, str]:
    late, first, second = ints(values, "n", "x", "y")
    return "", "red" if late >= max(first, second) else "amber" if late >= min(first, second) else "green"


def kinds_of_three(values: Values, rng: Random) -> tuple[str, str]:
    chosen = rng.choices([values["a"], values["b"]], k=3)
    members = [rng.choice(facts.KIND[kind]) for kind in chosen]
    return ", ".join(members), "\n".join(f"{member}: {kind}" for member, kind in zip(members, chosen, strict=True))


def two_labels(values: Values, rng: Random) -> tuple[str, str]:
    (one, first), (two, second) = label(values, rng), label(values, rng)
    return f"1. {one}\n2. {two}", f"1: {first}\n2: {second}\n{'same' if first == second else 'different'}"


def sums(values: Values, rng: Random) -> tuple[str, str]:
    one, two = ints(values, "a", "b")
    right = rng.random() < 0.5
    given = one + two + (0 if right else rng.choice([-10, -1, 1, 10]))
    return f"{one} + {two} = {given}", "Correct" if right else "Incorrect"


def spoken(values: Values, rng: Random) -> tuple[str, str]:
    other = rng.choice(list(cases.PHRASEBOOK)) if rng.random() < 0.5 else values["phrasebook"]
    said = phrase({"phrasebook": other}, values["language"])
    return f"{values['phrasebook']}\n{said}", "pass" if other == values["phrasebook"] else "fail"


def better_answer(values: Values, rng: Random) -> tuple[str, str]:
    right, wrong = facts.WHY[values["why"]], rng.choice([text for why, text in facts.WHY.items() if why != values["why"]])
    pair = [right, wrong]
    rng.shuffle(pair)
    return f"A: {pair[0]}\nB: {pair[1]}", "AB"[pair.index(right)]


def faithful(values: Values, rng: Random) -> tuple[str, str]:
    text, found = life(values, rng)
    true = rng.random() < 0.5
    home = found["home"] if true else found["away"]
    return f"Passage: {text}\nSummary: {found['name']} was born in {home}.", "faithful" if true else "unfaithful"


def defined(values: Values, rng: Random) -> tuple[str, str]:
    word = values["define"]
    other = word if rng.random() < 0.5 else rng.choice(list(facts.DEFINE))
    mark = "3 of 3: this is what the word means." if other == word else f"0 of 3: it means {facts.DEFINE[word]}."
    return f"{sentence(word)} means {facts.DEFINE[other]}.", mark


def length_mark(values: Values, rng: Random) -> tuple[str, str]:
    text = passage(topic(values), rng, rng.randrange(1, 5))
    count = len(text.split())
    return text, f"{count} words, so the mark is {max(1, 6 - -(-count // int(values['num'])))}."


def weighted(values: Values, _rng: Random) -> tuple[str, str]:
    a, b, c, d = ints(values, "a", "b", "c", "d")
    one, other = 2 * a + b, 2 * c + d
    verdict = "It is a draw." if one == other else f"The {'first' if one > other else 'second'} wins."
    return "", f"First: 2 × {a} + {b} = {one}. Second: 2 × {c} + {d} = {other}. {verdict}"


def average_mark(values: Values, _rng: Random) -> tuple[str, str]:
    a, b, c = ints(values, "a", "b", "c")
    return "", f"({a} + {b} + {c}) / 3 = {(a + b + c) / 3:.1f}: {'accept' if a + b + c >= 24 else 'revise'}."


def balance(values: Values, rng: Random) -> tuple[str, str]:
    good, bad, fix = rng.sample(facts.POINT, 3)
    strength = f"Strength: for {topic(values)}, one can rely on this: {good.lower()}."
    return "", f"{strength} Weakness: it is easy to forget this: {bad.lower()}. To improve it: {fix.lower()}."


def marks(values: Values, rng: Random) -> tuple[str, str]:
    chosen = [values[name] for name in ("x", "y", "z") if name in values]
    rows = "\n".join(f"| {each} | {rng.randrange(1, 6)} | {rng.choice(facts.MIDDLE)} |" for each in chosen)
    advice = f"One change would help most: {rng.choice(facts.POINT).lower()}."
    return passage(topic(values), rng, 3), f"| Criterion | Mark | Reason |\n| --- | --- | --- |\n{rows}\n\n{advice}"


def classes(tier: Tier, answer: Answering, *texts: str) -> list[Frame]:
    return [Frame("classification", text, answer, labels=True, tier=tier) for text in texts]


def verdicts(tier: Tier, answer: Answering, *texts: str, labels: bool = False) -> list[Frame]:
    return [Frame("evaluation", text, answer, labels=labels, tier=tier) for text in texts]


FRAMES: tuple[Frame, ...] = (
    *classes("simple", divisible,
        "{name} has {big} {goods} for {small} guests of {event}. Do they divide evenly, yes or no?",
        "state yes or no: can {big} {goods} be put into {small} equal rows for {person}",
    ),
    *classes("moderate", by_size,
        "At the {shop} an order is large if it costs over {big} euros, else small. {name} wants {small:a} {goods} at {num} euros each. "
        "Which is it?",
        "class as large (above {big} euros) or small (all others) the order by {person} of {small:a} {goods} at {num} euros apiece",
    ),
    *classes("moderate", urgency,
        "A job is red from the later of day {small:x} and day {small:y} on, amber between the two, green before. "
        "{name} has waited {small:n} days for {want}. What colour?",
        "assign red, amber or green: requests turn amber and then red after {small:x} and {small:y} days (the lower number first), "
        "and {person} has waited {small:n}",
    ),
    *classes("complex", two_labels,
        "Two {message}s on {subject} follow. Label each as {labels}, one a line, then add whether the labels are the same or different; "
        "the labels alone are read by {person}.",
        "For {audience}, tag both parts of the {message} about {subject}: {labels}. "
        "Give number and label, and close with 'same' or 'different'.",
    ),
    *classes("complex", kinds_of_three,
        "For each of the three words in the {document} by {person}, decide between {kind:a} and {kind:b}; "
        "write the word, a colon and its class, "
        "in the order given.",
        "Three words came up at {event}. {name} needs the class of each, {kind:a} or {kind:b}, in lines such as 'word: "
        "class', nothing else.",
    ),
    *verdicts("simple", sums,
        "mark the sum {num:a} + {num:b} that {name} did for {audience} as Correct or Incorrect",
        "{name}, {person}, checks homework {setting}. Is the result given for {num:a} + {num:b} Correct or Incorrect?", labels=True,
    ),
    *verdicts("simple", spoken,
        'rate the {language} version of "{phrasebook}" by {name} as pass or fail',
        'Would "{phrasebook}" be understood in {language} as {person} has put it? Say pass or fail.', labels=True,
    ),
    *verdicts("simple", average_mark,
        "The jury of {event} gave {name} {small:a}, {small:b} and {small:c}. Accept from a mean of 8, else revise: what is the verdict?",
        "grade the entry by {person}, which got {small:a}, {small:b} and {small:c} from three judges: accept from a mean of 8, else revise",
    ),
    *verdicts("simple", balance,
        "name one strength and one weakness of {skill} as a hobby for {audience}",
        "critique {thing} as a present for {person}",
        "What speaks for {event} with {audience}, what against it, and what would you change?",
    ),
    *verdicts("moderate", better_answer,
        "Two answers tell {audience} {why}. Which of the two is better, A or B? Correctness comes first.",
        "compare both replies to {person}, who asked {why}, and give the letter of the better one", labels=True,
    ),
    *verdicts("moderate", faithful,
        "evaluate the summary of the {document} on {name} for {audience}: faithful or unfaithful",
        "Does the summary keep to what the {document} by {person} says of {name}? Judge it faithful or unfaithful.", labels=True,
    ),
    *verdicts("moderate", defined,
        'grade the meaning of "{define}" that {name} wrote for {audience}, from 0 to 3, with a reason',
        'On a scale from 0 to 3, how well did {person} explain "{define}"? Correct it if need be.',
    ),
    *verdicts("moderate", length_mark,
        "score the {document} on {subject} for brevity: 5 up to {num} words, one point less for every {num} more or part of them, at "
        "least 1",
        "Out of 5 for brevity, what does the {document} about {skill} get? Take off one point for each {num} words begun after the "
        "first {num}; "
        "the lowest mark is 1.",
    ),
    *verdicts("moderate", balance,
        "assess the plan of {person} to earn a living with {skill}: one strength, one weakness, one improvement",
        "review {event} as a way to interest {audience} in {subject}, and say what to improve",
    ),
    *verdicts("complex", weighted,
        "{name} must choose between {city:p} and {city:q} for {event}. Cost counts twice, reach once. Marks for cost and reach: "
        "{small:a} and {small:b}, against {small:c} and {small:d}. Which wins, and by what sums?",
        "{name}, {person}, compares {thing:p} with {thing:q}: use, which counts double, gets {small:a} and {small:c}, looks get "
        "{small:b} and {small:d}. "
        "Work out both totals and give a verdict for {audience}.",
    ),
    *verdicts("complex", marks,
        "Assess the {document} on {subject} for {criterion:x}, {criterion:y} and {criterion:z}: a mark from 1 to 5 and a reason for each "
        "in a table, then the one change that {person} should make.",
        "You sit on the jury of {event}. Judge the {document} about {skill} by {criterion:x}, {criterion:y} and {criterion:z}, "
        "with marks out of 5 in a table, and end with advice for {name}.",
        "Rate what {person} wrote on {claim} in a table with the rows {criterion:x} and {criterion:y}, marks from 1 to 5, reasons, "
        "and below it the most useful change.",
    ),
)  # fmt: skip
