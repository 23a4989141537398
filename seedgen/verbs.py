"""The verb an instruction turns on, and what it is done to: "Write a short story about a dragon." is ("write", "story").

`verb_noun` gives the lemma of the root verb and of its direct object's head. Taggers alone read "List five healthy breakfast recipes." as
a heap of nouns, so rules come first: they step over what leads in ("Please", "Could you …", "Your task is to …", "Given a text, …"), find
the command, or else the question, or else the statement, and read one noun phrase. What each word can be is `lexicon`'s.

Decided here: the first command or question of the text counts, not the scene set before it ("Imagine …", "Be my tutor.", "You will read
…", "I want to …"); a scene counts if nothing else is asked. What follows "be" is no object, nor is a pronoun, a clause, a quotation, a
formula, or what a preposition governs: "What is a prime?" is ("be", None), "Come up with a name." ("come", None). A fronted object counts,
a subject does not: "Which steps should I take?" is ("take", "step"), "Which product sold best?" ("sell", None). In "a list of words" the
head is "list", but in "some of the words" "word"; of several objects the first counts; an adjective after an article stands for a noun.
After a colon comes what the verb is about: "Solve: 2x = 6" is ("solve", None). A command misspelt by a letter is read as the one meant.
Text that is not English, is code and nothing else, or has no verb, is (None, None).
"""

from __future__ import annotations

import re

from seedgen.lexicon import (
    ARTICLES,
    AUXILIARIES,
    BE,
    CLAUSE_ENDS,
    CODE_LINE,
    COMMANDS,
    DETERMINERS,
    DO,
    ENGLISH,
    FINITE,
    FOREIGN,
    GRAMMAR,
    HAVE,
    HELPERS,
    LEAD_IN,
    LEADING_ADVERB,
    LIGHT,
    LINKS,
    MODALS,
    NOMINAL,
    NOT_COMMANDS,
    OBJECT_STARTS,
    OBLIGATION,
    ONLY_ENGLISH,
    PARTICLES,
    PREPOSITIONS,
    QUESTION_WORDS,
    RELATIVES,
    SCENES,
    SPELT_OUT,
    STARTERS,
    SUBJECTS,
    UNMARKED,
    WISH,
    kind,
    lemma,
    respelt,
)
from seedgen.phrases import Pair, Phrases

LIMIT = 400
"""Characters looked at, some 60 words: what comes later is detail, or the text that the task is about."""
LINE = 200
"""Characters that a line of a program has at most."""
STARTS, WINDOW = 100, 16
"""Places of a sentence where a main clause is looked for; words that one thing that leads in has, and more."""
SENTENCE_END = re.compile(r"(?<=[.!?;])[\"”')]*\s+(?=[\"“'(]*[A-Z0-9¿¡a-z])|(?<!\s)\s*\n\s*")
MATERIAL = re.compile(r"[\"“«„][^\"”»“]*(?:[\"”»“]|\Z)|(?<!\w)['‘‚][^'’‘\n]{2,200}['’‘](?!\w)|(?<=\w):.*", re.DOTALL)


def verb_noun(text: str) -> Pair:
    """Lemma of the root verb and of its direct object's head, lower case; None where there is none."""
    text = text[:LIMIT]
    if not is_english(text) or is_code(text):
        return None, None
    sentences = sentences_of(text)
    for reading in (Sentence.directive, Sentence.scene, Sentence.statement):
        for sentence in sentences:
            if found := reading(sentence):
                return found
    return None, None


def found_by(verb: str | None, noun: str | None) -> dict[str, str]:
    """How `verb_noun` came to these: a verb that instructions are known to open with, or what the tagger takes for one; its object."""
    found = {} if verb is None else {"verb": "rules" if verb in COMMANDS or verb in BE else "rules and tagger"}
    return found if noun is None else {**found, "noun": f"object of {verb}"}


def asks(text: str) -> bool:
    """Whether a sentence of an English text is a command or a question."""
    return any(sentence.directive() for sentence in sentences_of(text))


def sentences_of(text: str) -> list[Sentence]:
    for pattern, full in SPELT_OUT if "'" in text or "’" in text else UNMARKED:
        text = pattern.sub(full, text)
    return [Sentence(s) for s in SENTENCE_END.split(text.strip()) if s]


def is_english(text: str) -> bool:
    """Mostly Latin letters, and no more function words of its neighbours than of English itself."""
    text = MATERIAL.sub(" ", text)
    letters = [c for c in text if c.isalpha()]
    english, foreign = tally(text)
    return 2 * sum(c < "\u0250" for c in letters) > len(letters) and foreign <= english


def tally(text: str) -> tuple[int, int]:
    """How many words only English has, and how many only other languages: their function words, and small letters with marks.

    A foreign word with a capital is a name's ("Los Angeles"), but for the first.
    """
    found = re.findall(r"[^\W\d_]+", text.lower() if text.isupper() else text)
    small = [word for i, word in enumerate(found) if word.islower() or i == 0]
    foreign = sum(word.lower() in FOREIGN or not (word.isascii() or word[0].isupper()) for word in small)
    return sum(word.lower() in ONLY_ENGLISH for word in found), foreign


def is_code(text: str) -> bool:
    """Nothing but lines of a program."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(map(is_code_line, lines))


def is_code_line(line: str) -> bool:
    return len(line) <= LINE and CODE_LINE.match(line) is not None


class Sentence(Phrases):
    """The readings of one sentence."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.led: dict[tuple[int, bool], tuple[int, bool | None]] = {}
        """What `after_lead_in` has found from a place on, with or without adverbs: a long row of "please" is gone through once."""

    def directive(self) -> Pair | None:
        """The first command or question, at the start or after a lead-in clause."""
        for start in self.starts():
            i, sure = self.after_lead_in(start)
            if (meant := respelt(self[i])) != self[i]:
                self.words[i] = meant
                self.led.clear()
            if (sure and "B" in kind(self[i]).kinds) or self.is_command(i, first=start == 0 or i > start):
                return self.command(i)
            if (self.asks or start == 0) and self.is_question(i):
                return self.question(i)
            if start == 0 and i < len(self.words) and kind(self[i]).main == "G" and self[i] not in PREPOSITIONS and not self.has_comma():
                return self.pair(i, "G")
        return self.obligation()

    def starts(self) -> list[int]:
        """Where a main clause may begin: first, after a comma, colon or dash, and after these after "and" or "then"."""
        after = [i + 1 for i, word in enumerate(self.words) if word in {",", ":", "-", "–", "—", ")"}]
        return [0, *after, *(i + 1 for i, word in enumerate(self.words) if word in {"and", "then"} and i)][:STARTS]

    def has_comma(self) -> bool:
        return "," in self.words

    def after_lead_in(self, i: int) -> tuple[int, bool]:
        """Where what leads in has ended, and whether nothing but a verb can follow."""
        adverbs, passed = self[i - 1] != "and", []
        while (i, adverbs) not in self.led and (step := self.lead_in(i, adverbs=adverbs)):
            passed.append((i, step[1]))
            i = step[0]
        end, sure = self.led.get((i, adverbs), (i, None))
        for place, own in reversed(passed):
            sure = own if sure is None else sure
            self.led[place, adverbs] = end, sure
        return end, bool(sure)

    def lead_in(self, i: int, *, adverbs: bool) -> tuple[int, bool | None] | None:
        """Where the one thing that leads in at `i` ends, and whether nothing but a verb can follow: as before (None) if it is an adverb."""
        rest = " ".join(self.words[i : i + WINDOW]) + " "
        found = LEAD_IN.match(rest) or (LEADING_ADVERB.match(rest) if adverbs else None)
        if found is None or not found[0].strip():
            return None
        return i + found[0].count(" "), None if found.re is LEADING_ADVERB else bool(found["sure"])

    def scene(self) -> Pair | None:
        """ "Imagine you live on Mars.": what counts if nothing is asked for besides."""
        i, _ = self.after_lead_in(0)
        if self[i] == "be" and i + 1 < len(self.words):
            return "be", None
        return (self[i], self.object(i + 1, self[i])) if self[i] in SCENES else None

    def obligation(self) -> Pair | None:
        """ "You are given two texts and you need to compare them." """
        return self.bound(OBLIGATION)

    def bound(self, pattern: re.Pattern[str]) -> Pair | None:
        """The command after words that a verb has to follow."""
        text = " ".join(self.words) + " "
        place = read = 0
        for found in pattern.finditer(text):
            place, read = place + text.count(" ", read, found.end()), found.end()
            i, _ = self.after_lead_in(place)
            if "B" in kind(self[i]).kinds:
                return self.command(i)
        return None

    def is_command(self, i: int, *, first: bool) -> bool:
        word, after = self[i], self[i + 1]
        what = kind(word)
        if word in LIGHT:
            return first and not self.asks and (after in STARTERS or after == "not")
        if word in NOT_COMMANDS or after in AUXILIARIES or word in GRAMMAR:
            return False
        if after == ":" or (what.main == "N" and after == "of"):
            return first and what.main == "B"
        if word in COMMANDS:
            return not (what.main == "N" and self.is_subject(i)) and (first or self.opens_object(i + 1))
        if first and ((after in STARTERS | PARTICLES and what.main in {"N", "B", ""}) or what.kinds == "B"):
            return True  # no noun stands before an article at the head of a sentence
        return (what.main == "B" or ("B" in what.kinds and first)) and (after in OBJECT_STARTS or after.isdigit())

    def is_subject(self, i: int) -> bool:
        """ "Design principles are …": the word is part of a noun phrase that has a verb of its own."""
        if self[i + 1] in NOMINAL or not self[i + 1].isalpha():
            return False
        return self[self.noun_phrase(i + 1)[1]] in FINITE

    def opens_object(self, i: int) -> bool:
        word = self[i]
        return word not in {",", "", "and", "or", "of"} and (
            word in ENGLISH or word in PARTICLES or bool(kind(word).kinds) or not word.isalpha()
        )

    def command(self, i: int) -> Pair:
        found = kind(self[i])
        return self.pair(i, "B" if "B" in found.kinds else found.main)

    def is_question(self, i: int) -> bool:
        word = self[i]
        if word in {"when", "where"} and self[i + 1] not in AUXILIARIES | {"to"}:
            return False  # a clause: "When it rains, what …?"
        if word in QUESTION_WORDS:
            return self.asks or any(w in AUXILIARIES for w in self.words[i + 1 : i + 6])
        if word in PREPOSITIONS and self[i + 1] in QUESTION_WORDS:
            return self.asks
        return self.asks and word in AUXILIARIES

    def question(self, i: int) -> Pair | None:
        """The verb that the question turns on, and its object, be it in front."""
        governed = self[i] in PREPOSITIONS
        i += governed
        front, end = (None, i) if self[i] in AUXILIARIES else self.fronted(i)
        helper = self.helper(end)
        if helper is None:
            return None
        verb, form = self.main_verb(helper, i)
        if self[verb] in MODALS:
            return None
        if self[verb] in BE:
            return "be", None
        root = lemma(self[verb], form)
        found = self.object(verb + 1, root)
        if found is None and not governed and verb > helper + 1 and self[helper] in HELPERS and self[verb - 1] not in BE:
            found = front
        return root, found

    def fronted(self, i: int) -> tuple[str | None, int]:
        """The noun phrase of "what sound", "which of the steps", "how many people"; where it ends."""
        if self[i] == "how" and self[i + 1] == "come":
            return None, i + 2
        if self[i] == "how" and self[i + 1] not in {"many", "much"}:
            return None, i + 1 + (self[i + 1] not in AUXILIARIES)
        if "Z" in kind(self[i + 1]).kinds and kind(self[i + 2]).main != "B" and not AUXILIARIES.intersection(self.words):
            return None, i + 1  # "What causes rust?"
        if self[i] not in {"what", "which", "whose", "how"}:
            return None, i + 1
        start = i + 2 if self[i + 1] == "of" else i + 1
        head, end = self.noun_phrase(start)
        if verb := self.agreeing(start + 1, end, any_number=start > i + 1):
            return None, verb
        return (head, end) if start == i + 1 else (None, i + 1)

    def agreeing(self, start: int, end: int, *, any_number: bool) -> int | None:
        """A verb that was taken into the noun phrase before it: "Which two countries share …?"."""
        if kind(self[end - 1]).main == "B" and end > start:
            return end - 1
        if AUXILIARIES.intersection(self.words):
            return None
        for j in range(start, end):
            forms = "BZ" if any_number else "B" if kind(self[j - 1]).plural else "Z"
            if set(forms) & set(kind(self[j]).kinds):
                return j
        return None

    def helper(self, start: int) -> int | None:
        """The first auxiliary or finite verb, past what prepositions govern: "What ratio of bleach to ammonia makes …?"."""
        if self[start] in AUXILIARIES:
            return start
        while self[start] in PREPOSITIONS:
            start = self.noun_phrase(start + 1)[1]
        if set(kind(self[start]).kinds) & set("BZ"):
            return start
        rest = range(start, len(self.words))
        sure = (j for j in rest if self[j] in AUXILIARIES or kind(self[j]).main in {"Z", "D"})
        return next(sure, None) or next((j for j in rest if self.may_be_finite(j)), None)

    def may_be_finite(self, i: int) -> bool:
        return bool(set(kind(self[i]).kinds) & set("ZDP")) or (self[i].endswith("s") and self[i + 1] in DETERMINERS)

    def main_verb(self, helper: int, start: int) -> tuple[int, str]:
        """The position of the verb that an auxiliary leads to, and its form; the helper itself if it leads to none."""
        word = self[helper]
        if word in BE:
            return self.participle(helper, yes_no=helper == start, what=self[start] in {"what", "which", "who"})
        if word not in AUXILIARIES:
            return helper, next((form for form in "ZDPB" if form in kind(word).kinds), "Z")
        if word in HAVE:
            rest = range(helper + 1, min(helper + 8, len(self.words)))
            found = next((j for j in rest if self[j] == "been" or ("P" in kind(self[j]).kinds and self[j - 1] not in DETERMINERS)), None)
            return (found, "P") if found else (helper, "B")
        return self.infinitive(helper)

    def participle(self, be: int, *, yes_no: bool, what: bool) -> tuple[int, str]:
        """ "is being described", "are they printed"; for "What is the method used for …?" it is "be" that asks."""
        i = be + 1 + (self[be + 1] in {"being", "not"})
        if not yes_no and kind(self[i]).main in {"P", "D"}:
            return i, "P"
        if not what or yes_no:
            end = i + 1 if self[i] in SUBJECTS and self[i + 1] not in DETERMINERS else self.noun_phrase(i)[1]
            while self[end] == "of" and end > i:
                end = self.noun_phrase(end + 1)[1]
            if kind(self[end]).main in {"P", "G", "D"} and end > i:
                return end, "G" if kind(self[end]).main == "G" else "P"
        return be, "B"

    def infinitive(self, helper: int) -> tuple[int, str]:
        """The verb of "does the sun rise", "can it be done": after a pronoun at once, else the first that is no noun, or might be none."""
        helper += self[helper + 1] == "not"
        if self[helper + 1] in SUBJECTS and "B" in kind(self[helper + 2]).kinds:
            return helper + 2, "B"
        rest = range(helper + 1, len(self.words))
        stop = next((j for j in rest if self[j] in CLAUSE_ENDS), len(self.words))
        return self.infinitive_in(range(helper + 1, stop)) or self.infinitive_in(rest) or (helper, "B")

    def infinitive_in(self, rest: range) -> tuple[int, str] | None:
        """The verb among the words from the auxiliary's next on; None if none of them can be one."""
        helper = rest.start - 1
        for j in rest:
            if self[j] == "be" and kind(self[j + 1]).main in {"P", "D"}:
                return j + 1, "P"
            if self[j] in {"be", "do", "have"}:
                return j, "B"
            if kind(self[j]).main == "B" and self[j - 1] not in DETERMINERS and (j > helper + 1 or self[helper] not in DO):
                return j, "B"
        for j in rest:
            what = kind(self[j]).kinds
            if j > helper + 1 and ("B" in what or "Z" in what) and kind(self[j - 1]).main == "N":
                return j, "B" if "B" in what else "Z"
        if "B" in kind(self[helper + 1]).kinds:
            return helper + 1, "B"
        return next(((j, "B") for j in rest[1:] if kind(self[j]).main == "N" and self[j + 1] in NOMINAL), None)

    def statement(self) -> Pair | None:
        """The main verb of what neither commands nor asks: "The text should be classified …", "I need a slogan …"."""
        if found := self.bound(WISH):
            return found
        i, _ = self.after_lead_in(0)
        start = i + 1 if self[i] in SUBJECTS else self.noun_phrase(i)[1]
        relative = False
        for j in range(max(start, i + 1), len(self.words)):
            relative = relative or (self[j] in RELATIVES and kind(self[j - 1]).main == "N")
            past = "D" in kind(self[j]).kinds and self[j + 1] in ARTICLES
            finite = self[j] in AUXILIARIES or past or kind(self[j]).main in {"Z", "D", "B"}
            if relative and finite:
                relative = False
            elif self[j] in AUXILIARIES:
                verb, form = self.main_verb(j, j) if self[j] in LINKS else self.predicate(j)
                return ("be", None) if self[verb] in BE else self.pair(verb, form)
            elif finite or (j == i + 1 and self[i] in SUBJECTS and "B" in kind(self[j]).kinds):
                form = "D" if past else kind(self[j]).main
                return self.pair(j, form if form in "ZDB" else "B")
        return None

    def predicate(self, be: int) -> tuple[int, str]:
        """ "I am planning a trip", "the text was written": what follows "be" is no subject here."""
        i = be + 1 + (self[be + 1] in {"being", "not"})
        return (i, "G") if kind(self[i]).main == "G" and self[be - 1] in SUBJECTS else self.participle(be, yes_no=False, what=False)
