"""Open tasks: creative, explanation, planning, conversation, summary, rewriting, labelling, extraction … and how they are answered.

The answers are put together from stock sentences around what the task is about. They are plausible rather than wise, but what can be
right is right: labels, extracted names, definitions, translations, code.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from seedgen.scripted import facts, words
from seedgen.scripted.frame import Answering, Frame, Tier, Values

TOPICS = ("subject", "skill", "event", "claim", "idea", "thing", "want", "person", "quote", "form")
LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "as a JSON array": lambda xs: "[" + ", ".join(f'"{x}"' for x in xs) + "]",
    "one per line": "\n".join,
    "in alphabetical order, separated by semicolons": lambda xs: "; ".join(sorted(xs)),
    "as bullet points": lambda xs: "\n".join(f"- {x}" for x in xs),
    "with a slash between them": " / ".join,
    "numbered from 1": lambda xs: "\n".join(f"{n}. {x}" for n, x in enumerate(xs, 1)),
}
NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}


def topic(values: Values) -> str:
    """What a task is about: the first of the tables above that it has a filling from."""
    return next((values[name] for name in TOPICS if name in values), values.get("a", "this task"))


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def passage(about: str, rng: Random, middles: int = 2) -> str:
    """A paragraph about a phrase."""
    parts = [rng.choice(facts.OPENING), *rng.sample(facts.MIDDLE, middles), rng.choice(facts.CLOSING)]
    return " ".join(parts).replace("{topic}", about)


def essay(values: Values, rng: Random) -> tuple[str, str]:
    return "", passage(topic(values), rng, 3)


def points(values: Values, rng: Random) -> tuple[str, str]:
    chosen = rng.sample(facts.POINT, NUMBERS.get(values.get("count", ""), 5))
    return "", f"For {topic(values)}:\n" + "\n".join(f"{n}. {point}." for n, point in enumerate(chosen, 1))


def story(values: Values, rng: Random) -> tuple[str, str]:
    hero, event = values.get("person", "a stranger"), values.get("happening", "stopped to listen")
    where = values.get("setting", rng.choice(words.SETTING))
    body = f"{sentence(where)}, {hero} {event}. {rng.choice(facts.TWIST)} {rng.choice(facts.MIDDLE)} {rng.choice(facts.ENDING)}"
    return "", body + (f" That much I have always known about {values['subject']}." if "subject" in values else "")


def verse(values: Values, rng: Random) -> tuple[str, str]:
    lines = "\n".join(couplet.replace(" / ", "\n") for couplet in rng.sample(facts.COUPLET, 3))
    return "", f"{sentence(topic(values))}\n\n{lines}"


def plan(values: Values, rng: Random) -> tuple[str, str]:
    days = rng.sample(facts.POINT, 5)
    return "", f"Plan for {topic(values)}\n" + "\n".join(f"{day}: {point}." for day, point in zip(words.WEEKDAY, days, strict=False))


def debate(values: Values, rng: Random) -> tuple[str, str]:
    first, second, third = rng.sample(facts.MIDDLE, 3)
    return "", f"For: {first} {second}\nAgainst: {third}\nOn balance, there is more to be said for the view that {values['claim']}."


def letter(values: Values, rng: Random) -> tuple[str, str]:
    reader, writer = rng.sample(words.NAME, 2)
    text = f"I am writing about {topic(values)}. {rng.choice(facts.MIDDLE)} I hope to hear from you soon."
    return "", f"Dear {reader},\n\n{text}\n\nYours,\n{writer}"


def speak(values: Values, rng: Random) -> tuple[str, str]:
    first, second = rng.sample(facts.SAY, 2)
    heard = values.get("quote", topic(values))
    return "", f'{first}. You said, "{heard}", and I took it to heart. {second}. What would help you most right now?'


def dialogue(values: Values, rng: Random) -> tuple[str, str]:
    one, two = rng.sample(words.NAME, 2)
    lines = rng.sample(facts.MIDDLE, 2)
    return (
        "",
        f"{one}: Tell me about {topic(values)}.\n{two}: {lines[0]}\n{one}: Is that so? {lines[1]}\n{two}: {rng.choice(facts.CLOSING)}",
    )


def because(values: Values, rng: Random) -> tuple[str, str]:
    return "", facts.WHY[values["why"]] + " " + rng.choice(facts.CLOSING)


def contrast(values: Values, rng: Random) -> tuple[str, str]:
    return "", facts.COMPARE[values["compare"]] + " " + rng.choice(facts.CLOSING)


def meaning(values: Values, rng: Random) -> tuple[str, str]:
    word = values["define"]
    return "", f'"{sentence(word)}" means {facts.DEFINE[word]}. {rng.choice(facts.OPENING).replace("{topic}", topic(values))}'


def code(values: Values, _rng: Random) -> tuple[str, str]:
    name = values["word"]
    return "", facts.CODE[values["code"]].replace("solve", name) + f"\n\n# {name} {values['code']}."


def read_code(values: Values, rng: Random) -> tuple[str, str]:
    purpose = rng.choice(list(facts.CODE))
    return facts.CODE[purpose].replace("solve", values["word"]), f"The function {values['word']} {purpose}."


def digest(values: Values, rng: Random) -> tuple[str, str]:
    text = passage(topic(values), rng, 5)
    return text, text.partition(". ")[0].rstrip(".") + "."


def rewrite(values: Values, rng: Random) -> tuple[str, str]:
    before, after = facts.QUALITY[values["quality"]]
    name, goods = values.get("name", rng.choice(words.NAME)), rng.choice(words.GOODS)
    return before.format(name=name, goods=goods), after.format(name=name, goods=goods)


def retell(values: Values, rng: Random) -> tuple[str, str]:
    first, second = rng.sample(facts.MIDDLE, 2)
    return (
        f"{first} {second}",
        f"Let me put it in a {values['tone']} way: {first[:1].lower()}{first[1:]} And what is more, {second[:1].lower()}{second[1:]}",
    )


def translation(values: Values, _rng: Random) -> tuple[str, str]:
    return "", facts.SPEAK[values["language"]][values["sentence"]]


def label(values: Values, rng: Random) -> tuple[str, str]:
    table = facts.LABELS[values["labels"]]
    chosen = rng.choice(list(table))
    return rng.choice(table[chosen]).format(subject=values.get("subject") or rng.choice(words.SUBJECT)), chosen


def life(values: Values, rng: Random) -> tuple[str, Values]:
    """A short biography and the facts in it."""
    home, away = rng.sample(words.CITY, 2)
    born = rng.randrange(1850, 1980)
    found = {"name": values.get("name", rng.choice(words.NAME)), "home": home, "away": away, "trade": rng.choice(words.TRADE)}
    found |= {"born": str(born), "moved": str(born + rng.randrange(19, 40)), "prize": rng.choice(words.GOODS)}
    text = "{name} was born in {home} in {born}, trained as a {trade} and moved to {away} in {moved} to sell {prize}.".format(**found)
    return f"{text} {rng.choice(facts.MIDDLE)}", found


def asked(fact: str) -> Answering:
    """Answers with one fact of a biography."""

    def answer(values: Values, rng: Random) -> tuple[str, str]:
        text, found = life(values, rng)
        return text, found[fact]

    return answer


def extract(*wanted: str) -> Answering:
    """Answers with several facts of a biography, laid out as the task says."""

    def answer(values: Values, rng: Random) -> tuple[str, str]:
        text, found = life(values, rng)
        return text, LAYOUTS.get(values["layout"], ", ".join)([found[fact] for fact in wanted])

    return answer


def as_json(values: Values, rng: Random) -> tuple[str, str]:
    text, found = life(values, rng)
    keys = ("name", "born", "home", "trade")
    return text, "{" + ", ".join(f'"{key}": "{found[key]}"' for key in keys) + "}"


def open_frames(kind: str, answer: Answering, *texts: str, tier: Tier = "moderate") -> list[Frame]:
    return [Frame(kind, text, answer, open_ended=True, tier=tier) for text in texts]


def input_frames(kind: str, answer: Answering, *texts: str, tier: Tier = "simple") -> list[Frame]:
    return [Frame(kind, text, answer, tier=tier) for text in texts]


FRAMES: tuple[Frame, ...] = (
    *open_frames(
        "creative", story,
        "{make} {form} about {person} who {happening} {setting}",
        "tell how {person} {happening}, as {form} set {setting}",
        "imagine that {person} {happening} and narrate the next hour in a {tone} voice",
        "begin {form} with {person} {setting}, and let the reader guess that somebody {happening}",
        "{make} a scene in which {person:a} and {person:b} meet {setting}",
        "Once, {setting}, {person} {happening}. What happened next?",
        "Continue this opening in three sentences: {setting}, {person} waited for {thing}.",
        "reveal, through the eyes of {person}, what {subject} can do to a family",
        "{make} the last page of a novel in which {person} {happening}; the mood is {tone}",
    ),
    *open_frames(
        "creative", verse,
        "{make} a {tone} poem on {subject} for {audience}",
        "{make} rhyming lines that link {subject} with {thing}",
        "sing the praise of {thing} in a {tone} ballad",
        "turn {subject} into verses that {person} could recite {setting}",
        "celebrate {event} with a {tone} toast in rhyme", tier="simple",
    ),
    *open_frames(
        "brainstorming", points,
        "{offer} {count} {idea} for {event}",
        "{offer} {count} {idea} that have to do with {subject} and would please {audience}",
        "{offer} {count} unusual uses for {thing} at {event}",
        "How could {person} earn some money with {subject}? Give {count} possibilities.",
        "Which {count} questions should one ask {person} about {subject}?",
        "{offer} {count} ways of getting {audience} interested in {subject}",
        "What might go wrong at {event}? {count} risks, and a remedy for each.",
        "In what ways are {subject} and {thing} alike? Find {count} of them.",
        "invent {count} names for a club devoted to {subject}",
        "What would {person} pack for {event}? Name {count} items.", tier="simple",
    ),
    *open_frames(
        "open_qa", essay,
        "{tell} the main ideas behind {subject} for {audience}",
        "introduce {audience} to {subject} in a {tone} paragraph",
        "What should {audience} know about {subject}?",
        "In what way did {subject} change the lives of people like {person}?",
        "Where does the interest in {subject} come from, and who profits from it?",
        "Could {subject} ever disappear? Think it through {setting}.",
        "assess the future of {subject} as {person} may see it",
        "evaluate the weight of {subject} in {city} and its surroundings",
        "connect {subject:a} with {subject:b} in one coherent paragraph",
        "Is there a link between {subject:a} and {subject:b}?",
        "introduce yourself as {person} and reflect on {subject}",
        "recommend three things to read before {event}, given an interest in {subject}",
    ),
    *open_frames(
        "open_qa", because,
        "explain to {audience} {why}",
        "Could you tell {person} {why}? A {tone} answer would be best.",
        "Somebody asked me at {event} {why}. What is the short answer?",
        "answer a letter from {person}, who wonders {why}",
        "Do you know {why}? Use {thing} as a comparison.", tier="simple",
    ),
    *open_frames(
        "open_qa", contrast,
        "explain the difference between {compare} to {audience}",
        "distinguish {compare} with the help of an example that {person} would understand",
        "What sets {compare} apart? I need it for {event}.",
        "contrast {compare} in a {tone} tone",
    ),
    *open_frames(
        "open_qa", meaning,
        'define "{define}" and use the word in a remark about {subject}',
        'What does "{define}" mean? Show it with a sentence on {subject}.',
        'help {audience} who stumbled over "{define}" in an article on {subject}', tier="simple",
    ),
    *open_frames(
        "planning", plan,
        "plan {event} for {audience}",
        "organise {event} on a budget of {big} euros, step by step",
        "schedule a week of {skill} for {person}",
        "prepare a checklist for {event} that {person} can follow",
        "design a course in {skill} for {audience}",
        "How would you spend {num} days on {skill}?",
        "Given {big} euros and {small} helpers, how should one go about {event}?",
        "arrange {event} around the needs of {audience}",
    ),
    *open_frames(
        "planning", points,
        "advise {person} on {skill}; {count} tips will do",
        "teach {audience} the first {count} steps of {skill}",
        "What are the {count} most common mistakes in {skill}, as seen by {person}?",
        "guide {person} through {skill} in {count} steps",
        "warn {audience} of {count} dangers in {skill}",
        "What is the best age for {skill}? Support it with {count} reasons.",
    ),
    *open_frames(
        "evaluation", debate,
        "argue, in front of {audience}, that {claim}",
        "You hear {person} say that {claim}. Do you agree?",
        "defend or attack the claim that {claim}, and mention {subject}",
        "debate whether {claim}; write for {audience}",
        "weigh the reasons for and against the view that {claim}, as {person} might",
        "imagine a world that agrees that {claim}, and foretell what becomes of {subject} there",
    ),
    *open_frames(
        "conversation", letter,
        "draft a {tone} e-mail in which {person} asks for {want}",
        "decline politely when {person} asks you for {want}",
        "thank {person} for {want} in a {tone} letter",
        "request {want} from {person} {setting}",
        "invite {audience} to {event} with a {tone} note",
        "apologise to {person} for having forgotten {event}",
        "congratulate {person} on {skill}",
        "remind {audience} of {event} in a {tone} message", tier="simple",
    ),
    *open_frames(
        "conversation", speak,
        'respond to {person} who tells you: "{quote}"',
        'comfort {person} after this sentence: "{quote}"',
        '"{quote}", says {person} {setting}. What do you reply?',
        'act as {person} and react to the words "{quote}"',
        'pretend to be {person:a}; {person:b} shouts: "{quote}"', tier="simple",
    ),
    *open_frames(
        "conversation", dialogue,
        "write down a talk between {person:a} and {person:b} about {subject}",
        "interview {person} about {skill}, in four lines",
        "stage a quarrel {setting} about {claim}",
        "let {thing:a} and {thing:b} chat about {subject}",
    ),
    *open_frames(
        "code", code,
        "implement a Python function called {word} that {code}",
        "{make} Python code that {code}; the entry point is {word}",
        'In Python, how do I write something that {code}? Name it "{word}" and assume at most {big} elements.',
        "solve this exercise for {audience}: a function {word} which {code}",
    ),
    *input_frames(
        "code", read_code,
        "read the function {word} and report to {audience} what it does",
        "document what the Python function {word} does, so that {person} understands it",
    ),
    *input_frames(
        "summarization", digest,
        "{shorten} the following {document} on {subject} to one sentence",
        "{shorten} what the {document} says about {subject} for {audience}",
        "What is the gist of this {document} about {subject}?",
        "reduce the {document} on {event} to its first thought, so that {audience} can use it",
    ),
    *input_frames(
        "rewriting", rewrite,
        "{edit} the sentence from the {document} so that {quality}",
        "{edit} what {name} is said to have done, so that {quality}; it is for {audience}",
        "change this line of the {document} by {person} until {quality}",
        "improve the {document} that {name} left behind: take care that {quality}",
    ),
    *input_frames(
        "rewriting", retell,
        "{edit} the {document} below in a {tone} tone for {audience}",
        "transform the lines of {person} into something {tone}",
        "repeat the {document} below as {person} would, in a {tone} voice", tier="moderate",
    ),
    *input_frames(
        "translation", translation,
        'translate "{sentence}" into {language} for {person}',
        'How would {person} say "{sentence}" in {language}?',
        'I am {setting} and need to say "{sentence}" in {language}. How?',
        'render "{sentence}" in {language}; {audience} will read it',
    ),
    *input_frames(
        "closed_qa", asked("away"), "Where did {name} make a new home, according to the {document} that {person} wrote?",
        "Using only the {document}, say to which city {name} moved.",
    ),
    *input_frames("closed_qa", asked("trade"), "What was {name} trained as? The {document} for {audience} holds the answer."),
    *input_frames("closed_qa", asked("born"), "In which year was {name} born? Rely on the {document} alone and give the number."),
    *input_frames(
        "extraction", extract("home", "away"),
        "{find} both cities in the {document} on {name}, {layout}",
        "{find} every place name in the {document} written by {person}, {layout}", tier="moderate",
    ),
    *input_frames(
        "extraction", extract("born", "moved"),
        "{find} the years in the {document} about {name}, {layout}",
        "{find} all four-digit numbers, {layout}, from the {document} that {person} kept", tier="moderate",
    ),
    *input_frames(
        "extraction", as_json,
        "{find} name, year of birth, birthplace and trade from the {document} by {person} as one JSON object",
        "convert the {document} on {name} to JSON with the keys name, born, home and trade, for {audience}", tier="moderate",
    ),
    *[
        Frame("classification", text, label, labels=True, tier="simple")
        for text in (
            "{label} the {message} about {subject} as {labels}",
            "decide whether the {message} on {subject} is {labels}",
            "Is the following {message} by {person} {labels}?",
            "Suppose that {person} wrote the {message} on {subject}. Which label fits: {labels}?",
            "identify the right label for the {message} from {audience}: {labels}",
            "sort the {message} into one of these classes: {labels}; its author is {person}",
            "Given the {message} about {subject}, choose between {labels}.",
            "predict how {person} would label the {message}: {labels}",
        )
    ],
)  # fmt: skip
