"""Checks on a finished item: what no filter of instructions can see, because it is in the input or output.

The rules are a table; the first that objects decides. They are conservative: an item is refused for what a teacher says when it has
failed (a boilerplate apology, a leaked marker, a loop), never for being short, odd or unwelcome. Some rules yield to the instruction:
who asks for an e-mail may be told of an attachment. The failures are those seen in Alpaca's data and in small models' answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seedgen.config import OutputConfig
from seedgen.records import Instance, Verdict
from seedgen.text import LARGEST, first_unprintable, normal_form, tokens, word_count

FILTER = "output"


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at. `output` has no outer white space; `earlier` are the instances before it of the same instruction."""

    instruction: str
    input: str
    output: str
    config: OutputConfig
    earlier: Sequence[Instance] = ()

    def asks_for(self, pattern: re.Pattern[str]) -> bool:
        """Whether the instruction or its input brings up what a rule would otherwise object to."""
        return bool(pattern.search(self.instruction) or pattern.search(self.input))


Rule = Callable[[Case], str | None]
"""The evidence, if there is something to object to."""


def check(instruction: str, instance: Instance, config: OutputConfig, earlier: Sequence[Instance] = ()) -> tuple[Verdict, ...]:
    """One passing verdict, or the refusal by the first rule that objects."""
    case = Case(instruction, instance.input, instance.output.strip(), config, earlier)
    for reason, rule in (("too_long", enormous), *RULES.items()):
        if evidence := rule(case):
            return (Verdict(FILTER, False, reason, evidence=evidence),)
    return (Verdict(FILTER, True),)


def enormous(case: Case) -> str | None:
    """Larger than anything the other rules need look at."""
    most = largest(case.config)
    sizes = {"output": len(case.output), "input": len(case.input)}
    return next((f"{size} characters in the {name}, at most {most}" for name, size in sizes.items() if size > most), None)


def largest(config: OutputConfig) -> int:
    """Characters of the largest output or input: far above so many words as may be."""
    return max(LARGEST, 20 * config.max_words)


def empty(case: Case) -> str | None:
    return None if case.output.strip(" \n\t.…`_") else "no text"


def unprintable(case: Case) -> str | None:
    for name, text in (("output", case.output), ("input", case.input)):
        if char := first_unprintable(text):
            return f"U+{ord(char):04X} in the {name}"
    return None


def identical(case: Case) -> str | None:
    """The instruction is the same, so an instance with the same input and output would be the same item twice."""
    form = normal_form(case.input), normal_form(case.output)
    same = (n for n, other in enumerate(case.earlier) if (normal_form(other.input), normal_form(other.output)) == form)
    return next((f"input and output equal those of instance {n}" for n in same), None)


def too_long(case: Case) -> str | None:
    count = word_count(case.output)
    return f"{count} words, at most {case.config.max_words}" if count > case.config.max_words else None


NOTHING = re.compile(
    r"[\W_]*(n\W?a|none|null|nil|not applicable|not available|no ?output|no answer|no response|tbd|to be determined"
    r"|(your|insert|enter|the)? ?(output|answer|response|text)( goes)?( here)?)[\W_]*",
    re.IGNORECASE,
)


def not_applicable(case: Case) -> str | None:
    """A placeholder where an answer should be; "None" is one only where the instruction does not offer it."""
    found = NOTHING.fullmatch(case.output)
    if not found or case.asks_for(re.compile(rf"\b{re.escape(found[1])}\b", re.IGNORECASE)):
        return None
    return quoted(case.output)


MACHINE = re.compile(
    r"\W*(i'?m sorry,?\W+(but )?|sorry,?\W+(but )?|unfortunately,?\W+)?"
    r"(as an? (ai|artificial intelligence|(large )?language model)\b|i'?m (just |only )?an? (ai|(large )?language model)\b"
    r"|i am (just |only )?an? (ai|(large )?language model)\b)",
    re.IGNORECASE,
)
APOLOGY = re.compile(
    r"\W*(?:(?:i'?m|i am)\W+(?:very |so |really |truly )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|unfortunately)\b\W*"
    r"(?:but |that )?i\W+(?:can'?t|cannot|can not|won'?t|will not|could(?:n'?t| not)|(?:am|m) (?:not able|unable)"
    r"|do(?:n'?t| not) (?:have|know))\b",
    re.IGNORECASE,
)
INABILITY = re.compile(
    r"\W*i(?:'m| am)? (?:can'?t|cannot|can not|unable to|not able to)"
    r" (?:assist|fulfill?|comply|complete|process|(?:(?:help|engage) with|answer) (?:that|this|your)|(?:do|provide) (?:that|this))\b",
    re.IGNORECASE,
)
SPOKEN = re.compile(
    r"\b(apolog\w*|sorry|refus\w*|declin\w*|reject\w*|turn(ing)? down|invit\w*|e-?mail|letter|message|text|repl(y|ies)|respon[ds]\w*"
    r"|dialogue|conversation|chat|note|say|phrase|customer|translat\w*|rewrite|paraphrase|story|poem)\b",
    re.IGNORECASE,
)


def refusal(case: Case) -> str | None:
    """Boilerplate openers only: a refusal in the teacher's own words may be the answer that was wanted."""
    output = case.output.replace("’", "'")
    found = MACHINE.match(output) or INABILITY.match(output)
    if not found and not case.asks_for(SPOKEN):
        found = APOLOGY.match(output)
    return quoted(found[0]) if found else None


MARKER = re.compile(
    r"^\#{3,}[ \t]*$|^\#{3,}\s*(instruction|input|output|response|task|example)s?\b"
    r"|\b\d+\s*[.)]\s*(instruction|input|output)s?\s*:"
    r"|^instruction\s*:|</?no\s?(in|out)put>|<\|[a-z_]+\|>|\[/?inst\]|</s>|\bis it (a )?classification\?",
    re.IGNORECASE | re.MULTILINE,
)
NEXT_TASK = re.compile(r"(?:^|\n)[^\S\n]*task(?: \d+)?\s*:", re.IGNORECASE)
TASKS = re.compile(r"\b(tasks?|tickets?|to-?dos?|plan|schedule|checklist|project)\b", re.IGNORECASE)
LABELS = re.compile(r"\binstructions?\b", re.IGNORECASE)


def leaked_marker(case: Case) -> str | None:
    """What belongs to a prompt. A Markdown heading (### Method) does not."""
    found = MARKER.search(case.output)
    if found and found[0].lower().startswith("instruction") and case.asks_for(LABELS):
        found = None
    if not found and not case.asks_for(TASKS):
        found = NEXT_TASK.search(case.output)
    return quoted(found[0]) if found else None


def echo(case: Case) -> str | None:
    """An output that is the instruction, or the whole input unchanged. A one-word input may be its own answer."""
    if normal_form(case.output) == normal_form(case.instruction):
        return "equals the instruction"
    same = case.output == case.input.strip() and len(tokens(case.output)) > 1
    return "equals the input" if same else None


ATTACHED = re.compile(
    r"\b(please (find|see) (the )?attached|(i have|i've) attached|attached (is|are|you will find|you'll find|please find|below is)"
    r"|(see|find|in) the attached"
    r"|(see|shown in|refer to) the (image|picture|photo|graph|chart|diagram|figure|video|file)s? (below|above|attached)"
    r"|click (here|on the link|the link)\b|(here is|here's) (the|a|your) (link|download|file)\b)"
    r"|\[(attach(ment|ed)\b|insert (a |the )?(link|image|picture|photo|url)|image\]|link\]|picture\])",
    re.IGNORECASE,
)
IMAGE = re.compile(r"!\[[^\]]*+(?P<whole>\]\()?")
"""A Markdown image if it is `whole`. What is none is matched as well, and so passed over once and for all."""
CORRESPONDENCE = re.compile(
    r"\b(attach\w*|e-?mail|letter|memo|message|reply|respon[ds]\w*|resume|cv|application|newsletter|website|web ?page|links?|button"
    r"|ad(vert\w*)?|post|template|markdown|html|click|translat\w*|rewrite|phish\w*|script|dialogue|conversation)\b",
    re.IGNORECASE,
)
URL = re.compile(r"https?://([^\s/)\]}>\"'<]+)[^\s)\]}>\"'<]*", re.IGNORECASE)
CODE = re.compile(r"```.*?(```|\Z)|`[^`\n]*`", re.DOTALL)
ABOUT_URLS = re.compile(
    r"\b(urls?|links?|web ?(site|page)s?|html|css|code|script|program|function|python|javascript|java|api|curl|query|sources?"
    r"|cit(e|ation)\w*|references?|bibliograph\w*|bookmarks?|markdown|json|xml|regex\w*|command|e-?mail)\b",
    re.IGNORECASE,
)
MOST_HOSTS = 100
"""So many different ones are looked for in what was given."""
NO_HOST = re.compile(r"(.*\.)?(example(\.(com|org|net))?|localhost|test|invalid)(:\d+)?", re.IGNORECASE)


def claims_attachment(case: Case) -> str | None:
    """Something to open or click that nobody gave: an attachment, a picture, an address made up."""
    found = attached(case.output)
    if found and not case.asks_for(CORRESPONDENCE):
        return quoted(found)
    if case.asks_for(ABOUT_URLS):
        return None
    given = f"{case.instruction}\n{case.input}".lower()
    known: set[str] = set()
    for url in URL.finditer(CODE.sub(" ", case.output)):
        host = url[1].lower()
        if host not in known and host not in given and not NO_HOST.fullmatch(url[1]):
            return quoted(url[0])
        known.add(host)
        if len(known) == MOST_HOSTS:
            break
    return None


def attached(output: str) -> str:
    """The first thing attached to it, or shown in it; "" if there is none."""
    image = next((found for found in IMAGE.finditer(output) if found["whole"]), None)
    found = min(filter(None, (ATTACHED.search(output), image)), key=lambda found: found.start(), default=None)
    return found[0] if found else ""


LETTER_RUN = re.compile(r"([^\W\d_])\1{29,}")
WANTED_AGAIN = re.compile(r"\b(repeat\w*|repetiti\w*|\w+ times|chant|mantra|chorus|lyrics|song|sing)\b", re.IGNORECASE)
ORDINAL = re.compile(r"^\W*\d+\W+")
LONGEST_PERIOD = 120
"""In tokens. Loops of small models repeat a phrase, a sentence or a short paragraph."""


def repetition(case: Case) -> str | None:
    """A degenerate loop. Refrains, tables, and columns of labels or numbers are none."""
    if case.asks_for(WANTED_AGAIN):
        return None
    if run := LETTER_RUN.search(case.output):
        return f"'{run[1]}' {len(run[0])} times"
    return looping_tail(tokens(case.output)) or same_line(case.output)


def looping_tail(words: list[str]) -> str | None:
    """The text ends in the same words over and over: 4 times and 20 words in all, 12 times if it is one word or two."""
    for end in (len(words), len(words) - 1):  # the last word may be cut
        for period in range(1, min(LONGEST_PERIOD, end // 4) + 1):
            phrase = words[end - period : end]
            if not any(word.isalpha() for word in phrase):
                continue
            start = end - period
            while start > 0 and words[start - 1] == words[start + period - 1]:
                start -= 1
            times = (end - start) // period
            wanted = 12 if period <= 2 else max(4, -(-20 // period))
            if times >= wanted:
                return f"'{' '.join(phrase)[:80]}' {times} times at the end"
    return None


def same_line(output: str) -> str | None:
    """More than half of the lines of 4 words or more are one line, 5 times at least, whatever their numbering."""
    lines = [normal_form(ORDINAL.sub("", line)) for line in output.splitlines()]
    long = Counter(line for line in lines if line.count(" ") >= 3)
    for line, times in long.most_common(1):
        if times >= 5 and 2 * times > long.total():
            return f"{times} lines read '{line[:80]}'"
    return None


def quoted(text: str) -> str:
    return f"'{text.strip()[:80]}'"


RULES: dict[str, Rule] = {
    "empty": empty,
    "unprintable": unprintable,
    "not_applicable": not_applicable,
    "refusal": refusal,
    "leaked_marker": leaked_marker,
    "echo": echo,
    "identical": identical,
    "claims_attachment": claims_attachment,
    "repetition": repetition,
    "too_long": too_long,
}
