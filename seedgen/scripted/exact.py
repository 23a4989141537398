"""Tasks with one right answer, which is computed: arithmetic, conversion, sorting, word play, puzzles, yes-or-no questions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from statistics import mean, median

from seedgen.scripted import facts, words
from seedgen.scripted.frame import Answering, Frame, Tier, Values

ROMAN = {900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC", 50: "L", 40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}
LETTERS = "abcdefgh"


def ints(values: Values, *names: str) -> list[int]:
    return [int(values[name]) for name in names]


def several(values: Values) -> list[str]:
    """The fillings named a, b, c …, in order."""
    return [values[letter] for letter in LETTERS if letter in values]


def decimal(value: float, places: int = 2) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def bill(values: Values) -> str:
    a, b, p, q = ints(values, "a", "b", "p", "q")
    return f"{a} × {p} + {b} × {q} = {a * p} + {b * q} = {a * p + b * q} euros"


def average_speed(values: Values) -> str:
    way, hours = ints(values, "way", "hours")
    return f"{way} km / {hours} h = {way / hours:.1f} kilometres per hour"


def add_subtract(values: Values) -> str:
    a, b, c, d = ints(values, "a", "b", "c", "d")
    return f"{a} + {b} + {c} − {d} = {a + b + c - d}"


def percent(values: Values) -> str:
    p, whole = ints(values, "p", "whole")
    return f"{p} % of {whole} is {decimal(p * whole / 100)}"


def share(values: Values) -> str:
    each, left = divmod(int(values["n"]), 3)
    return f"Each of the three gets {each} {values['goods']}; {left} {'is' if left == 1 else 'are'} left over."


def middle(values: Values) -> str:
    data = [int(x) for x in several(values)]
    return f"Mean: {decimal(mean(data))}. Median: {decimal(median(data))}."


def largest_first(values: Values) -> str:
    return ", ".join(sorted(several(values), key=int, reverse=True))


def fence(values: Values) -> str:
    a, b = ints(values, "a", "b")
    return f"Fence: 2 × ({a} + {b}) = {2 * (a + b)} metres. Area: {a} × {b} = {a * b} square metres."


def divisor(values: Values) -> str:
    a, b = ints(values, "a", "b")
    return f"The greatest common divisor of {a} and {b} is {math.gcd(a, b)}, and their least common multiple is {math.lcm(a, b)}."


def roman(n: int) -> str:
    out = ""
    for value, letters in ROMAN.items():
        count, n = divmod(n, value)
        out += letters * count
    return out


def notations(values: Values) -> str:
    a, b = ints(values, "a", "b")
    return f"{a} is {roman(a)} in Roman numerals; {b} is {b:b} in binary and {b:x} in hexadecimal."


def equation(values: Values) -> str:
    a, b, c = ints(values, "a", "b", "c")
    return f"{a}x = {c} − {b} = {c - b}, so x = {Fraction(c - b, a)}."


def discount(values: Values) -> str:
    price, p = ints(values, "price", "p")
    return f"{price} − {decimal(price * p / 100)} = {decimal(price - price * p / 100)} euros"


def savings(values: Values) -> str:
    monthly, goal = ints(values, "monthly", "goal")
    months = math.ceil(goal / monthly)
    return f"{goal} / {monthly} = {decimal(goal / monthly)}, so it takes {months} months."


def sequence(values: Values) -> str:
    start, step = ints(values, "start", "step")
    return f"The first five terms are {', '.join(str(start + n * step) for n in range(5))}, and the twentieth is {start + 19 * step}."


def convert(values: Values) -> str:
    factor, shift = facts.UNITS[values["units"]]
    unit = values["units"].rpartition(" to ")[2]
    return f"{decimal(int(values['big']) * factor + shift)} {unit}"


def later(values: Values) -> str:
    start = date(int(values["year"]), words.MONTH.index(values["month"]) + 1, int(values["day"]))
    end = start + timedelta(days=int(values["num"]))
    return f"{words.WEEKDAY[end.weekday()]}, {end.day} {words.MONTH[end.month - 1]} {end.year}"


def arrival(values: Values) -> str:
    hour, minute, extra = ints(values, "hour", "minute", "big")
    end = hour * 60 + minute + extra
    return f"{extra} minutes are {extra // 60} h {extra % 60} min, so it arrives at {end // 60 % 24:02}:{end % 60:02}."


def chance(values: Values) -> str:
    a, b, c = ints(values, "a", "b", "c")
    return f"{b} of {a + b + c} are blue, so the chance is {Fraction(b, a + b + c)}."


def scale(values: Values) -> str:
    a, grams, c = ints(values, "a", "big", "c")
    return f"{grams} / {a} × {c} = {decimal(grams / a * c, 1)} grams of {values['food']}"


def is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def prime(values: Values) -> str:
    return "Yes" if is_prime(int(values["big"])) else "No"


def larger(values: Values) -> str:
    a, b, c, d = ints(values, "a", "b", "c", "d")
    first, second = Fraction(a, b), Fraction(c, d)
    return "equal" if first == second else f"{a}/{b}" if first > second else f"{c}/{d}"


def leap(values: Values) -> str:
    year = int(values["year"])
    return "yes" if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else "no"


def sort_words(values: Values) -> str:
    return ", ".join(sorted(several(values), key=str.lower))


def backwards(values: Values) -> str:
    return " ".join(reversed(several(values)))


def count_vowels(values: Values) -> str:
    return str(sum(letter in "aeiou" for letter in "".join(several(values)).lower()))


def longest(values: Values) -> str:
    data = several(values)
    return ", ".join(word for word in data if len(word) == max(map(len, data)))


def initials(values: Values) -> str:
    return "".join(word[0].upper() for word in several(values))


def shift(values: Values) -> str:
    by = int(values["small"])
    return " ".join("".join(chr((ord(c) - 97 + by) % 26 + 97) for c in word) for word in several(values))


def to_json(values: Values) -> str:
    record = {"name": values["name"], "city": values["city"], "trade": values["trade"], "born": int(values["year"])}
    return json.dumps(record, ensure_ascii=False)


def csv_row(values: Values) -> str:
    return f"name,city,goods,quantity\n{values['name']},{values['city']},{values['goods']},{values['big']}"


def ranking(values: Values) -> str:
    return f"{values['a']} is the {facts.ORDER[values['order']]}; the order is {values['a']}, {values['b']}, {values['c']}."


def weekday(values: Values) -> str:
    start = words.WEEKDAY.index(values["weekday"])
    return words.WEEKDAY[(start + int(values["a"]) + int(values["b"])) % 7]


def odd_one(_values: Values, rng: Random) -> tuple[str, str]:
    one, other = rng.sample(list(facts.KIND), 2)
    group = [*rng.sample(facts.KIND[one], 4), stranger := rng.choice(facts.KIND[other])]
    rng.shuffle(group)
    return ", ".join(group), f"{stranger}: the others each are a kind of {one}"


def which_kind(values: Values, rng: Random) -> tuple[str, str]:
    chosen = rng.choice([values["a"], values["b"], values["c"]])
    return rng.choice(facts.KIND[chosen]), chosen


def grouping(values: Values, rng: Random) -> tuple[str, str]:
    kinds = values["a"], values["b"]
    groups = [rng.sample(facts.KIND[kind], 3) for kind in kinds]
    mixed = [*groups[0], *groups[1]]
    rng.shuffle(mixed)
    return ", ".join(mixed), "\n".join(f"{kind}: {', '.join(sorted(group))}" for kind, group in zip(kinds, groups, strict=True))


def exact(kind: str, solution: Callable[[Values], str], *texts: str, labels: bool = False, tier: Tier = "simple") -> list[Frame]:
    """Frames that hold all there is to know."""
    return [Frame(kind, text, lambda values, _: ("", solution(values)), labels, tier=tier) for text in texts]


def chosen(kind: str, answer: Answering, *texts: str, labels: bool = False, tier: Tier = "simple") -> list[Frame]:
    """Frames whose input is made up."""
    return [Frame(kind, text, answer, labels, tier=tier) for text in texts]


FRAMES: tuple[Frame, ...] = (
    *exact("math", bill,
        "{name} bought {small:a} {goods:x} for {small:p} euros each and {small:b} {goods:y} for {small:q} euros each. What was the bill?",
        "A stall in {city} has {goods:x} at {small:p} euros and {goods:y} at {small:q}. Add up {small:a} and {small:b} of them.",
        tier="moderate",
    ),
    *exact("math", average_speed,
        "A {vehicle} covers {big:way} kilometres in {small:hours} hours. How fast is that on average, to one decimal?",
        "{compute} the mean speed of a {vehicle} near {city} that needs {small:hours} hours for {big:way} kilometres",
    ),
    *exact("math", add_subtract,
        "add {big:a}, {big:b} and {big:c}, then subtract {num:d}",
        "In {month} {name} sold {big:a} {goods}, then {big:b} and {big:c} more, and got {num:d} back. What remains sold?",
    ),
    *exact("math", percent,
        "{compute} {num:p} per cent of {big:whole}",
        "Of {big:whole} {goods} in {city}, {num:p} per cent are damaged. How many is that?",
    ),
    *exact("math", share,
        "{name:a}, {name:b} and {name:c} divide {big:n} {goods} equally. What does each get, and what is left?",
        "split {big:n} {goods} evenly among {name:a}, {name:b} and {name:c}, and state the remainder",
    ),
    *exact("math", middle,
        "{compute} mean and median of {num:a}, {num:b}, {num:c}, {num:d} and {num:e}",
        "On five days {name} sold {num:a}, {num:b}, {num:c}, {num:d} and {num:e} {goods}. Mean and median?", tier="moderate",
    ),
    *exact("math", largest_first,
        "order {big:a}, {big:b}, {big:c}, {big:d}, {big:e} and {big:f} from large to small",
        "rank downwards: {big:a}, {num:b}, {big:c}, {num:d}, {big:e}",
    ),
    *exact("math", fence,
        "A {ground} near {city} measures {num:a} by {num:b} metres. How much fence and how much seed for its area?",
        "{compute} perimeter and area of a {ground}, {num:a} metres long and {num:b} wide, that belongs to {name}", tier="moderate",
    ),
    *exact("math", divisor,
        "{compute} the greatest common divisor and least common multiple of {big:a} and {big:b}",
    ),
    *exact("conversion", notations,
        "write {big:a} in Roman numerals, and {big:b} in binary and hexadecimal",
    ),
    *exact("math", equation,
        "solve {small:a}x + {num:b} = {big:c}",
        "{name} thinks of a number; {small:a} times it, plus {num:b}, makes {big:c}. Which number?", tier="moderate",
    ),
    *exact("math", discount,
        "A {shop} in {city} lowers {goods} from {big:price} euros by {num:p} per cent. The new price?",
        "{name} haggles {num:p} per cent off {big:price} euros at the {shop}. What is paid?",
    ),
    *exact("math", savings,
        "{name} puts {num:monthly} euros aside each month for {skill}. When are {big:goal} euros reached?",
        "estimate how many months of saving {num:monthly} euros pay for {event} at {big:goal} euros", tier="moderate",
    ),
    *exact("math", sequence,
        "give the first five terms and the twentieth of the sequence that starts at {num:start} and grows by {small:step}",
        "{name} stacks {num:start} {goods}, then {small:step} more each day. Show the first five days and day twenty.", tier="moderate",
    ),
    *exact("conversion", convert,
        "convert {big} {units}",
        "In {city}, {person} has to turn {big} {units}. What is the result?",
        "{name} converts {big} {units} for {event}. Which figure is right?",
    ),
    *exact("reasoning", later,
        "{name} posts a parcel on {day} {month} {year} and it takes {num} days. On what date does it come?",
        "Which date and weekday fall {num} days after {day} {month} {year}?", tier="moderate",
    ),
    *exact("reasoning", arrival,
        "A {vehicle} leaves {city:x} at {hour}:{minute} and needs {big} minutes to {city:y}. When does it get there?",
        "{compute} when {name}, who sets off at {hour}:{minute}, is back after {big} minutes of {skill}", tier="moderate",
    ),
    *exact("math", chance,
        "In a bag are {small:a} red, {small:b} blue and {small:c} green {goods}. How likely is a blue one?",
        "{name} picks one of {small:a} white, {small:b} blue or {small:c} black {goods} blindly. How probable is blue?", tier="moderate",
    ),
    *exact("math", scale,
        "A dish for {small:a} takes {big} grams of {food}. What do {small:c} guests at {event} need?",
        "scale {big} grams of {food} from {small:a} to {small:c} portions for {audience}", tier="moderate",
    ),
    *exact("classification", prime,
        "Is {big} a prime number? Yes or no.",
        "verify for {name} whether {big} is prime: Yes or No", labels=True,
    ),
    *exact("classification", larger,
        "Which is larger, {small:a}/{small:b} or {small:c}/{small:d}, or are they equal?", labels=True,
    ),
    *exact("classification", leap,
        "check whether {name}, born in {month} {year} in {city}, came in a leap year: yes or no", labels=True, tier="moderate",
    ),
    *exact("extraction", sort_words,
        "alphabetise {word:a}, {word:b}, {word:c}, {word:d}, {word:e}, {word:f}",
        "arrange by first letter: {goods:a}, {word:b}, {goods:c}, {word:d}, {word:e}",
        "make an alphabetical guest list of {name:a}, {name:b}, {name:c}, {name:d} and {name:e} for {event}",
    ),
    *exact("rewriting", backwards,
        "reverse the order of the words {word:a} {word:b} {word:c} {word:d} {word:e}",
        "say backwards: {word:a} {goods:b} {word:c} {goods:d}",
    ),
    *exact("reasoning", count_vowels,
        "count the vowels in {word:a} {word:b} {word:c} {word:d}",
        "How many vowels have {name:a}, {name:b} and {city:c} together?",
    ),
    *exact("reasoning", longest,
        "Which has the most letters: {word:a}, {word:b}, {word:c}, {word:d} or {word:e}?",
        "select the longest word for {audience}: {word:a}, {goods:b}, {word:c}, {word:d}",
    ),
    *exact("creative", initials,
        "form an acronym from {word:a}, {word:b}, {word:c}, {word:d} and {word:e}",
        "combine the initials of {name:a}, {name:b}, {name:c} and {name:d} into a name for {event}",
    ),
    *exact("reasoning", shift,
        "encode {word:a} {word:b} {word:c} with a Caesar shift of {small}",
        "encrypt {word:a} and {word:b} for {person} by moving letters {small} places on", tier="moderate",
    ),
    *exact("conversion", to_json,
        "turn this into JSON with name, city, trade and born: {name}, {trade} from {city}, born {year}",
        "format {name}, a {trade}, born {year} in {city}, as a JSON record",
    ),
    *exact("conversion", csv_row,
        "write a CSV header and row for the {big} {goods} that {name} ordered in {city}",
        "record as CSV: {name}, {city}, {goods}, {big}",
    ),
    *exact("reasoning", ranking,
        "{name:a} {order} {name:b}; the same holds of {name:b} and {name:c}. Who comes first at {event}?",
        "rank three people: {name:a} {order} {name:b}, and {name:c} is behind both of them in that respect", tier="moderate",
    ),
    *exact("reasoning", weekday,
        "If it was {weekday} {num:a} days ago, what weekday is it {num:b} days from now?",
        "{name} last met {person} on a {weekday}, {num:a} days ago, and returns in {num:b} days: on which weekday?", tier="moderate",
    ),
    *chosen("reasoning", odd_one,
        "point out the word that does not belong with the others, and explain it to {audience}",
        "eliminate the odd one out of the list that {person} left {setting}", tier="moderate",
    ),
    *chosen("classification", which_kind,
        "tell whether the word from the {document} names a kind of {kind:a}, {kind:b} or {kind:c}",
        "Is it a {kind:a}, a {kind:b} or a {kind:c}, asks {person}?", labels=True,
    ),
    *chosen("extraction", grouping,
        "group the words on the {document} of {name} under {kind:a} and {kind:b}",
        "separate each {kind:a} from each {kind:b} in the list for {audience}", tier="moderate",
    ),
)  # fmt: skip
