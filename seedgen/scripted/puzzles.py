"""Harder tasks with one right answer, which is computed: chained sums, notations, deductions; and queries, patterns and commands."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from random import Random

from seedgen.scripted import cases, facts, words
from seedgen.scripted.exact import decimal, exact, ints, is_prime, roman
from seedgen.scripted.frame import Answering, Frame, Tier, Values
from seedgen.scripted.passages import Order, of_orders, records, table


def ring(values: Values) -> str:
    inner, wide = ints(values, "num", "small")
    squares = (inner + wide) ** 2 - inner**2
    return f"π × (({inner} + {wide})² − {inner}²) = {squares}π ≈ {math.pi * squares:.1f} square metres"


def triangle(values: Values) -> str:
    a, b = ints(values, "a", "b")
    return f"√({a}² + {b}²) = √{a * a + b * b} ≈ {math.hypot(a, b):.2f} metres"


def then_taxed(values: Values) -> str:
    price, off, tax, people = ints(values, "big", "off", "tax", "people")
    low = price * (1 - off / 100)
    full = low * (1 + tax / 100)
    return f"After the discount: {low:.2f}. With tax: {full:.2f}. Each of {people} pays {full / people:.2f} euros."


def meeting(values: Values) -> str:
    way, one, two = ints(values, "big", "a", "b")
    hours = way / (one + two)
    after = f"so they meet after {way}/{one + two} ≈ {hours:.2f} h, {one * hours:.2f} km from the start of the first."
    return f"They near each other at {one} + {two} = {one + two} km/h, {after}"


def two_unknowns(values: Values) -> str:
    one, other = ints(values, "a", "b")
    x, y = decimal((one + other) / 2), decimal((one - other) / 2)
    return f"x + y = {one} and x − y = {other}. Adding gives 2x = {one + other}, so x = {x} and y = {y}."


def interest(values: Values) -> str:
    sum_, rate, years = ints(values, "big", "rate", "years")
    return f"{sum_} × {1 + rate / 100:.2f}^{years} = {sum_ * (1 + rate / 100) ** years:.2f} euros"


def both_drawn(values: Values) -> str:
    a, b = ints(values, "a", "b")
    return f"{a}/{a + b} × {a - 1}/{a + b - 1} = {Fraction(a * (a - 1), (a + b) * (a + b - 1))}"


def clock(values: Values) -> str:
    hour, minute = ints(values, "hour", "minute")
    return f"{hour % 12 or 12}:{minute:02} {'a.m.' if hour < 12 else 'p.m.'}"


def iso(values: Values) -> str:
    return date(int(values["year"]), words.MONTH.index(values["month"]) + 1, int(values["day"])).isoformat()


def three_bases(values: Values) -> str:
    rows = [f"| {n} | {n:b} | {n:o} | {n:x} | {roman(n)} |" for n in ints(values, "a", "b", "c")]
    return "\n".join(["| decimal | binary | octal | hexadecimal | Roman |", "| --- | --- | --- | --- | --- |", *rows])


def seconds(values: Values) -> str:
    hours, minutes, secs = ints(values, "small", "minute", "num")
    return f"{hours} × 3600 + {minutes} × 60 + {secs} = {hours * 3600 + minutes * 60 + secs} seconds"


def two_units(values: Values) -> str:
    lines = []
    for amount, units in (("big", "x"), ("num", "y")):
        factor, shift = facts.UNITS[values[units]]
        before, _, after = values[units].rpartition(" to ")
        lines.append(f"| {values[amount]} {before} | {decimal(int(values[amount]) * factor + shift)} {after} |")
    return "\n".join(lines)


def yaml(rows: list[Order]) -> str:
    return "\n".join(f"- name: {row.name}\n  count: {row.amount}\n  goods: {row.goods}" for row in rows)


def csv(rows: list[Order]) -> str:
    return "\n".join(["name,city,count,goods", *(f"{row.name},{row.city},{row.amount},{row.goods}" for row in rows)])


def queue(values: Values) -> str:
    before, behind = ints(values, "a", "b")
    return f"{before} in front, {behind} behind and {values['name']}: {before + behind + 1} people."


def walk(values: Values) -> str:
    north, east, south = ints(values, "a", "b", "c")
    up = north - south
    course = f"{abs(up)} steps {'north' if up > 0 else 'south'} and " if up else ""
    return f"{course}{east} steps east of the start."


def oldest_of_four(values: Values) -> str:
    chain = [values[name] for name in ("a", "b", "c", "d")]
    return f"From most to least: {', '.join(chain)}. So {chain[0]} is the {facts.ORDER[values['order']]}."


def liar(values: Values) -> str:
    prime = is_prime(int(values["big"]))
    honest, other = ("x", "y") if prime else ("y", "x")
    reason = "is prime" if prime else "is not prime"
    return f"{values['big']} {reason}, so {values[honest]} tells the truth and {values[other]} does not."


def overlap(values: Values) -> str:
    a, b, c, d = ints(values, "a", "b", "c", "d")
    start, end = max(a, c), min(a + b, c + d)
    return f"Both are there from hour {start} to hour {end}." if start < end else "They never meet: one has left before the other comes."


def syllogism(values: Values) -> str:
    return "No. {name} has {goods} and so may join {event}, but need not; only who joins is sure to meet {person}.".format(**values)


def query(values: Values, _rng: Random) -> tuple[str, str]:
    return "", cases.QUERY[values["query"]].format(t=values["goods"])


def command(values: Values, _rng: Random) -> tuple[str, str]:
    return "", f"`{cases.COMMAND[values['command']]}`"


def pattern(values: Values, _rng: Random) -> tuple[str, str]:
    return "", f"`{cases.PATTERN[values['pattern']]}`"


def tested(values: Values, _rng: Random) -> tuple[str, str]:
    name = values["word"]
    body = facts.CODE[values["code"]].replace("solve", name)
    return "", f"```python\n{body}\n```\n\nThe function {values['code']}. A first test: the smallest input there is."


def explained(values: Values, _rng: Random) -> tuple[str, str]:
    purpose = values["code"]
    points = f"1. It is called {values['word']}.\n2. It {purpose}.\n3. It returns its result and prints nothing."
    return facts.CODE[purpose].replace("solve", values["word"]), points


def tiered(kind: str, tier: Tier, solution: Callable[[Values], str], *texts: str) -> list[Frame]:
    return exact(kind, solution, *texts, tier=tier)


def on(kind: str, tier: Tier, answer: Answering, *texts: str) -> list[Frame]:
    return [Frame(kind, text, answer, tier=tier) for text in texts]


FRAMES: tuple[Frame, ...] = (
    *tiered("math", "moderate", ring,
        "A path {small} metres wide runs round a pond in {city} with a radius of {num} metres. Find the area of the path for {name}.",
        "calculate how much gravel ground {person} has if a ring {small} metres wide lies round a bed {num} metres in radius",
    ),
    *tiered("math", "moderate", triangle,
        "{name} leans a ladder on a wall {num:a} metres high, its foot {num:b} metres away. How long is the ladder?",
        "A {ground} near {city} is {num:a} metres long and {num:b} wide. What does the diagonal measure?",
    ),
    *tiered("math", "complex", then_taxed,
        "The {shop} takes {num:off} per cent off {goods} at {big} euros, then adds {small:tax} per cent tax, and {small:people} "
        "friends of {name} "
        "share the bill equally. What does each pay? Show the steps.",
        "{name}, {person}, buys {thing} for {big} euros less {num:off} per cent, plus {small:tax} per cent tax, for {small:people} people. "
        "Give the reduced price, the taxed price and each share.",
    ),
    *tiered("math", "complex", meeting,
        "Two vehicles, a {vehicle:x} at {num:a} km/h and a {vehicle:y} at {num:b} km/h, start towards each other {big} km apart near "
        "{city}. "
        "When and where do they meet?",
        "{name:x} sets off from {city:p} at {num:a} km/h, {name:y} from {city:q} at {num:b} km/h, {big} km away. "
        "Find time and place of their meeting, to two decimals.",
    ),
    *tiered("math", "complex", two_unknowns,
        "The sum of two numbers that {name} wrote down {setting} is {big:a}, their difference {num:b}. "
        "Set up the equations and solve them.",
        "Together {person:x} and {person:y} own {big:a} euros, the first {num:b} more than the second. "
        "State both equations, then both numbers.",
    ),
    *tiered("math", "complex", interest,
        "{name} lends {big} euros for {event} at {small:rate} per cent a year, compounded, for {small:years} years. "
        "What is owed at the end? "
        "Give the formula too.",
        "compute, with the formula, what {big} euros from {person} grow to in {small:years} years at {small:rate} per cent compound "
        "interest",
    ),
    *tiered("math", "complex", both_drawn,
        "{name}, {person}, draws two of {num:a} red and {num:b} green {goods} without looking or putting back. "
        "With what probability are both red, as a fraction in lowest terms?",
    ),
    *tiered("conversion", "simple", clock,
        "write {hour}:{minute}, when {person} sets off, on the 12-hour clock",
        "At {hour}:{minute} {event} begins in {city}. What is that on the 12-hour clock?",
    ),
    *tiered("conversion", "simple", iso,
        "write {day} {month} {year}, the day {name} came to {city}, in ISO 8601 form",
        "The {document} is dated {day} {month} {year}. For {person}, {name} needs it as YYYY-MM-DD.",
    ),
    *tiered("conversion", "moderate", seconds,
        "express in seconds the {small} hours, {minute} minutes and {num} seconds that {person} spent on {skill}",
        "How many seconds are {small} h {minute} min {num} s, the time of {name} at {event}?",
    ),
    *on("conversion", "moderate", of_orders(csv),
        "convert the {document} of the {shop} to CSV with the header name,city,count,goods for {person}",
        "In {city}, {name} needs the orders of the {document} as CSV: name,city,count,goods, one line each.",
    ),
    *on("conversion", "moderate", of_orders(yaml),
        "reformat the {document} from {event} as a YAML list with name, count and goods for {audience}",
        "transcribe what {person} noted at the {shop} into YAML, one entry an order, with name, count and goods",
    ),
    *tiered("conversion", "complex", three_bases,
        "Make a Markdown table for {name} of {big:a}, {big:b} and {big:c} in decimal, binary, octal, hexadecimal and Roman notation, "
        "a row each, in this order.",
        "Put {big:a}, {big:b} and {big:c} side by side for {audience}: decimal, binary, octal, hexadecimal, Roman. "
        "The table is for {event}.",
    ),
    *tiered("conversion", "complex", two_units,
        "Turn both amounts for {person} into table rows, before and after: {big} taken from {units:x}, and {num} from {units:y}; "
        "at most two decimals.",
        "The {document} about {event} mixes units. For {name}, convert {big} ({units:x}) and {num} ({units:y}), one table row each.",
    ),
    *on("conversion", "complex", of_orders(records),
        "From the {document} of the {shop} in {city}, generate a JSON array with an object for each order (name, city, count, goods), "
        "numbers as numbers, days left out, for {person}.",
    ),
    *on("conversion", "complex", of_orders(table),
        "Pivot what {name} wrote for {audience} into a Markdown table, Name, Number, Goods, sorted by name, without cities or days.",
    ),
    *tiered("reasoning", "simple", queue,
        "In the queue of the {shop}, {small:a} people stand before {name} and {num:b} behind. How many wait in all?",
        "{name} counts {num:a} guests in front and {small:b} behind {setting}. How long is the line, {name} included?",
    ),
    *tiered("reasoning", "moderate", walk,
        "From {thing}, {person} walks {num:a} steps north, {num:b} east and {num:c} south. Where does the walk end?",
        "deduce where {name} in {city} stands after {num:a} steps north, {num:b} steps east and {num:c} steps south",
    ),
    *tiered("reasoning", "moderate", syllogism,
        "Everyone with {goods} may join {event}, and everyone who joins meets {person}. {name} has {goods}. Does it follow that they meet?",
    ),
    *tiered("reasoning", "complex", oldest_of_four,
        "A puzzle from {city}: {name:a} {order} {name:b}, {name:b} {order} {name:c}, and the same holds of {name:c} and {name:d}. "
        "Give the whole order and name who is first, as {person} would want it explained.",
        "What must be true if {name:c} {order} {name:d}, {name:a} {order} {name:b}, and {name:b} is ahead of {name:c} in just that "
        "respect? "
        "Order all four for {audience}.",
    ),
    *tiered("reasoning", "complex", liar,
        "One of two people {setting} tells the truth. {name:x}, {person}, says that {big} is a prime number; {name:y} says that it is not. "
        "Whom can {audience} believe, and why?",
        "At {event}, {name:x} claims that {big} is prime and {name:y} denies it. Exactly one of them is right: "
        "find out who, with the reason.",
    ),
    *tiered("reasoning", "complex", overlap,
        "{name:x} comes to {event} at hour {small:a} and stays {small:b} hours; {name:y} comes at hour {small:c} and stays {small:d}. "
        "Conclude whether, and from when to when, both are there.",
        "The {vehicle} stops in {city} from hour {small:a} for {small:b} hours, {person} waits there from hour {small:c} for {small:d}. "
        "Can they meet, and within which hours?",
    ),
    *on("code", "simple", command,
        "What shell command {command}? {name} has to know {setting}.",
        "give {audience} a shell command that {command}; it is needed {setting}",
    ),
    *on("code", "simple", pattern,
        "write a regular expression for {pattern}, to be used by {person}",
        "Which regex matches {pattern} and nothing more? {name} needs it for {event}.",
    ),
    *on("code", "moderate", query,
        "write an SQL query on the table {goods} that {query}, for {person}",
        "The {shop} in {city} keeps a table {goods} with name, city, price and date. Show a query that {query}.",
    ),
    *on("code", "complex", tested,
        "Implement {word}, a Python function that {code}, in a fenced block; add one sentence on what it does for {audience} "
        "and name a first test. Assume at most {big} elements.",
        "{name}, {person}, prepares a lesson in Python: provide a function {word} that {code}, in a code block, then say in words "
        "what it does "
        "and what to test first.",
    ),
    *on("code", "complex", explained,
        "Explain the Python function {word}, which {code}, to {person} in three numbered points: its name, its purpose, "
        "and whether it prints or returns.",
        "Review the code of {word} for {audience}; it is said that it {code}. "
        "Confirm name, purpose and kind of result in three numbered lines.",
    ),
)  # fmt: skip
