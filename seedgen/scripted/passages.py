"""Tasks on a given text: questions on it, what to extract, summarise, rewrite or translate.

The text is made up for the task, so what is asked is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from seedgen.scripted import cases, facts, words
from seedgen.scripted.frame import Answering, Frame, Tier, Values
from seedgen.scripted.prose import life, passage, retell, rewrite, sentence, topic

LANGUAGES = ("French", "German", "Spanish", "Italian")


class Order(NamedTuple):
    name: str
    city: str
    amount: int
    goods: str
    day: str

    def __str__(self) -> str:
        return f"{self.name} of {self.city} ordered {self.amount} {self.goods} on {self.day}."


def orders(rng: Random, count: int = 4) -> list[Order]:
    names, cities, goods = (rng.sample(table, count) for table in (words.NAME, words.CITY, words.GOODS))
    return [Order(*row, rng.choice(words.WEEKDAY)) for row in zip(names, cities, (rng.randrange(2, 90) for _ in names), goods, strict=True)]


def of_orders(answer: Callable[[list[Order]], str]) -> Answering:
    def answer_orders(_values: Values, rng: Random) -> tuple[str, str]:
        rows = orders(rng)
        return " ".join(map(str, rows)), answer(rows)

    return answer_orders


def of_life(answer: Callable[[Values], str]) -> Answering:
    def answer_life(values: Values, rng: Random) -> tuple[str, str]:
        text, found = life(values, rng)
        return text, answer(found)

    return answer_life


def of_notice(answer: Callable[[dict[str, int], Values, str], str]) -> Answering:
    """Of a shop's notice: its figures, the task's fillings, and the day on which the shop is shut."""

    def answer_notice(values: Values, rng: Random) -> tuple[str, str]:
        found = {"opens": rng.randrange(7, 11), "closes": rng.randrange(16, 21), "price": rng.randrange(5, 40), "off": rng.randrange(1, 5)}
        shut = rng.choice(words.WEEKDAY)
        text = (
            "We open at {opens}:00 and close at {closes}:00. {shut} is our day off. A basket costs {price} euros; members pay {off} less."
        )
        return text.format(**found, shut=shut), answer(found, values, shut)

    return answer_notice


def opening(found: dict[str, int], _values: Values, _shut: str) -> str:
    return f"{found['closes']} − {found['opens']} = {found['closes'] - found['opens']} hours"


def baskets(found: dict[str, int], values: Values, _shut: str) -> str:
    return f"{values['small']} × {found['price']} = {int(values['small']) * found['price']} euros"


def for_members(found: dict[str, int], values: Values, shut: str) -> str:
    paid = int(values["small"]) * (found["price"] - found["off"])
    return f"{paid} euros; {found['opens']}:00 to {found['closes']}:00; not on {shut}"


def age(found: Values) -> int:
    return int(found["moved"]) - int(found["born"])


def table(rows: list[Order]) -> str:
    lines = [f"| {row.name} | {row.amount} | {row.goods} |" for row in sorted(rows)]
    return "\n".join(["| Name | Number | Goods |", "| --- | --- | --- |", *lines])


def records(rows: list[Order]) -> str:
    return json.dumps([{"name": row.name, "city": row.city, "count": row.amount, "goods": row.goods} for row in rows], ensure_ascii=False)


def largest(rows: list[Order]) -> Order:
    return max(rows, key=lambda row: row.amount)


def total(rows: list[Order]) -> str:
    best = largest(rows)
    items = sum(row.amount for row in rows)
    return f"{len(rows)} orders for {items} items came in; the largest was {best.name}'s, for {best.amount} {best.goods}."


def two_sides(values: Values, rng: Random) -> tuple[str, str]:
    one, other = rng.sample(facts.MIDDLE, 2)
    names = rng.sample(words.NAME, 2)
    first, second = rng.sample(facts.CLOSING, 2)
    text = f"{names[0]} writes about {topic(values)}: {one} {first} {names[1]} replies: {other} {second}"
    return text, f"| {names[0]} | {names[1]} |\n| --- | --- |\n| {one} | {other} |"


def gist(pick: Callable[[list[str]], str]) -> Answering:
    """Of a passage on the task's topic, by its sentences."""

    def answer_gist(values: Values, rng: Random) -> tuple[str, str]:
        text = passage(topic(values), rng, 4)
        return text, pick([part.rstrip(".") for part in text.split(". ")])

    return answer_gist


def story_of(found: Values) -> str:
    return "I was born in {home} in {born}, trained as a {trade} and moved to {away} in {moved} to sell {prize}.".format(**found)


def nameless(rows: list[Order]) -> str:
    return " ".join(f"A customer from {row.city} ordered {row.amount} {row.goods}." for row in rows)


def passive(rows: list[Order]) -> str:
    return " ".join(f"{row.amount} {row.goods} were ordered by {row.name} of {row.city} on {row.day}." for row in rows)


def both_ways(values: Values, rng: Random) -> tuple[str, str]:
    before, after = rewrite(values, rng)
    return before, f"{after}\n\nWhat changed: it was rewritten so that {values['quality']}; nothing was added."


def phrase(values: Values, language: str) -> str:
    return cases.PHRASEBOOK[values["phrasebook"]].split(" | ")[LANGUAGES.index(language)]


def into(values: Values, _rng: Random) -> tuple[str, str]:
    return "", phrase(values, values["language"])


def into_two(values: Values, _rng: Random) -> tuple[str, str]:
    return "", "\n".join(f"{values[name]}: {phrase(values, values[name])}" for name in ("x", "y"))


def into_all(values: Values, _rng: Random) -> tuple[str, str]:
    return "", "\n".join(f"| {language} | {phrase(values, language)} |" for language in LANGUAGES)


def both_phrases(values: Values, _rng: Random) -> tuple[str, str]:
    said = (phrase({"phrasebook": values[name]}, values["language"]) for name in ("a", "b"))
    return "", "\n".join(said)


def into_english(values: Values, rng: Random) -> tuple[str, str]:
    english = rng.choice(list(cases.PHRASEBOOK))
    return phrase({"phrasebook": english}, values["language"]), english


def saying(values: Values, _rng: Random) -> tuple[str, str]:
    return "", f"{sentence(values['saying'])}: {cases.SAYING[values['saying']]}."


def on(kind: str, tier: Tier, answer: Answering, *texts: str) -> list[Frame]:
    return [Frame(kind, text, answer, tier=tier) for text in texts]


FRAMES: tuple[Frame, ...] = (
    *on("closed_qa", "simple", of_notice(lambda found, _, __: f"{found['closes']}:00"),
        "According to the notice at the {shop} in {city}, when do the doors close? {name} is on the way.",
        "When must {name} leave the {shop}, going by its notice alone?",
    ),
    *on("closed_qa", "simple", of_notice(lambda _, __, shut: shut),
        "On which day will {person} find the {shop} shut, according to the text?",
        "For {audience}: does the text say on which day the {shop} in {city} rests?",
    ),
    *on("closed_qa", "simple", of_notice(lambda found, _, __: f"{found['price'] - found['off']} euros"),
        "How much do members like {person} pay for a basket, as the notice of the {shop} has it?",
        "state what a member has to pay for one basket at the {shop} in {city}, by the notice alone",
    ),
    *on("closed_qa", "simple", of_orders(lambda rows: rows[0].goods),
        "What did the customer named first order? The {document} of the {shop} tells {audience}.",
        "check in the {document} that {name} kept for {event} what was ordered first",
    ),
    *on("closed_qa", "simple", of_life(lambda found: found["home"]),
        "From the passage, name the birthplace of {name} for {audience}.",
        "Where did {name} come into the world, based on the {document} of {person}?",
    ),
    *on("closed_qa", "moderate", of_notice(opening),
        "Based on the notice, for how many hours a day can {audience} visit the {shop} in {city}?",
    ),
    *on("closed_qa", "moderate", of_notice(baskets),
        "{name}, no member, wants {small} baskets for {event}. What is to be paid, according to the notice of the {shop}?",
        "According to the notice, what would {small} baskets cost {person}, who is no member of the {shop} in {city}?",
    ),
    *on("closed_qa", "moderate", of_life(lambda found: f"{found['moved']} − {found['born']} = {age(found)}, give or take a year"),
        "How old was {name} at the move to another city? Use only the {document} for {audience}, and show the sum.",
        "In the {document} by {person} two years are given. What age do they mean for {name} at the second?",
    ),
    *on("closed_qa", "moderate", of_orders(lambda rows: largest(rows).name),
        "Who placed the largest order in the {document} that {person} kept {setting}?",
        "Judge by the {document} of the {shop} alone: whose order weighs most in number, asks {name}.",
    ),
    *on("closed_qa", "complex", of_life(lambda f: f"(a) {f['home']}\n(b) {f['trade']}\n(c) about {age(f)}\n(d) not stated"),
        "Answer (a) to (d) about {name} from the {document} by {person}, writing 'not stated' where it is silent: (a) birthplace, "
        "(b) training, (c) age at the move, (d) views on {subject}.",
        "Tell {audience} four things about {name}: (a) first home, (b) trade, (c) age on moving, (d) role in {event}. "
        "Keep to the passage, and say 'not stated' if it does not tell.",
    ),
    *on("closed_qa", "complex", of_notice(for_members),
        "{name} is a member of the {shop} and plans {event}. From the notice, give the price of {small} baskets for members, "
        "the hours, and the day to avoid.",
        "Using nothing but the notice, tell {person} three things about the {shop}: what {small} baskets cost a member, "
        "the opening hours, and the day off.",
    ),
    *on("extraction", "simple", of_orders(lambda rows: ", ".join(row.city for row in rows)),
        "pull out the cities from the {document} that {person} wrote {setting}",
        "Which cities are named in the {document} of the {shop}? List every one for {audience}.",
    ),
    *on("extraction", "simple", of_orders(lambda rows: "\n".join(row.goods for row in rows)),
        "highlight the goods, one a line, in the {document} for {event}",
        "copy out what was ordered at the {shop} in {city}, without numbers, for {name}",
    ),
    *on("extraction", "moderate", of_orders(lambda rows: "\n".join(f"{row.name}: {row.amount}" for row in sorted(rows))),
        "extract every customer with the number ordered, by name from A to Z, for {person} at the {shop}",
        "From the {document} about {event}, list all the people and their numbers, sorted by name, so that {audience} can check them.",
    ),
    *on("extraction", "complex", of_orders(records),
        "Find all orders in the {document} of {name} and return one JSON array of objects with the keys name, city, count and goods; "
        "it will be loaded {setting}, says {person}.",
        "Build a JSON array for {audience} from the {document} of the {shop}: an object per order, keys name, city, count, goods, "
        "numbers unquoted, order as in the text.",
    ),
    *on("extraction", "complex", of_orders(table),
        "Set up a Markdown table (Name, Number, Goods) of the orders that appear in the {document} by {person}, sorted by name, "
        "and leave out cities and days; it is for {event}.",
        "Collect what the {shop} has to deliver, as its {document} says, in a Markdown table with the columns Name, Number, Goods, "
        "rows from A to Z, for {audience} in {city}.",
    ),
    *on("summarization", "simple", gist(lambda parts: parts[0] + "."),
        "{shorten} what {person} said on {subject} in one sentence",
        "In one line, what does the {document} on {skill} tell {audience}?",
        "sum up for {name} the {document} that came before {event}",
    ),
    *on("summarization", "moderate", gist(lambda parts: "\n".join(f"- {part}" for part in parts[:3])),
        "{shorten} the {document} on {subject} to three bullet points for {audience}",
        "give the main points of what {person} wrote about {skill}, three at most, {style}",
        "State the key points of this {document} about {event}; {person} has a minute to read them.",
    ),
    *on("summarization", "moderate", of_orders(total),
        "condense the {document} of the {shop} in {city} to one sentence with the number of orders, the sum and the largest",
        "report to {person} what came in at the {shop}: orders, total, and the biggest one, in a single sentence",
    ),
    *on("summarization", "complex", two_sides,
        "Two people disagree about {subject}. Set out the gist of each view for {audience} in a Markdown table with one column a person, "
        "without taking sides, {style}.",
        "Turn the exchange about {skill} into a table for {person}: each writer's main point in its own column, no quotations, no "
        "judgement; "
        "it will hang at {event}.",
        "Summarise the argument over {subject} {setting} for {audience}, who missed it: "
        "both sides, fairly, in two columns headed by the names.",
    ),
    *on("rewriting", "simple", of_life(story_of),
        "put the life of {name} into the first person, for {audience}",
        "retell the {document} on {name} as 'I', the way {person} would hear it",
    ),
    *on("rewriting", "moderate", of_orders(nameless),
        "rewrite the {document} of the {shop} for {audience} so that no name and no day is left",
        "strip names and days from the {document} that {person} kept in {city}, and change nothing else",
    ),
    *on("rewriting", "moderate", of_orders(passive),
        "turn every sentence of the {document} on {event} into the passive voice for {person}",
        "paraphrase the {document} of {name} and the {shop} with the goods as the subject of each sentence",
    ),
    *on("rewriting", "complex", both_ways,
        "Rework the line by {name} from the {document} so that {quality}, keep every fact, and add below it, for {audience}, "
        "one sentence on what you changed.",
        "The {document} for {event} comes from {person}. Revise the sentence about {name} until {quality}, add no facts, "
        "and note the change underneath.",
    ),
    *on("rewriting", "complex", retell,
        "Recast the {document} by {person} for {audience}: one paragraph, a {tone} voice, every thought kept in its place, "
        "nothing on {subject} added.",
    ),
    *on("translation", "simple", into,
        'translate "{phrasebook}" into {language} for {audience}',
        'What is "{phrasebook}" in {language}, should {person} ask {setting}?',
        '{name} in {city} wants to hear "{phrasebook}" in {language}. Say it.',
        'put the words "{phrasebook}" into {language}, as {person} would say them',
    ),
    *on("translation", "simple", into_english,
        "translate the {language} line from the {document} by {person} into English",
        "What does the {language} {message} from {name} say in English? It is for {audience}.",
    ),
    *on("translation", "moderate", saying,
        "spell out for {audience} what {saying} means, word for word and in use",
        "{name}, {person}, heard {saying} {setting}. Give the literal sense and the meaning.",
        "interpret {saying} for {name}, who wants to use it at {event}",
    ),
    *on("translation", "moderate", into_two,
        'give "{phrasebook}" in {language:x} and in {language:y}, each on its line, for {audience}',
        'The {document} for {event} needs "{phrasebook}" in both {language:x} and {language:y}. Provide it.',
    ),
    *on("translation", "complex", into_all,
        'A sign {setting} says "{phrasebook}" and {person} needs it in French, German, Spanish and Italian. Set it out as table rows, '
        "the language first, polite forms throughout.",
        'For {audience}, make table rows of "{phrasebook}" in French, German, Spanish and Italian, in that order, as {name} would print it '
        "for {event}.",
    ),
    *on("translation", "complex", both_phrases,
        'subtitle two lines of {person} in {language}, one below the other, no notes: first "{phrasebook:a}", then "{phrasebook:b}"',
        'In the {document} for {audience} stand "{phrasebook:a}" and "{phrasebook:b}" one after the other. Render both in {language}, '
        "line by line, politely.",
    ),
)  # fmt: skip
