"""The verb an instruction turns on, and what it is done to: "Write a short story about a dragon." is ("write", "story").

`verb_noun` gives the lemma of the root verb and of its direct object's head. Taggers alone read "List five healthy breakfast recipes." as
a heap of nouns, so rules come first: they step over what leads in ("Please", "Could you …", "Your task is to …", "Given a text, …"), find
the command, or else the question, or else the statement, and read one noun phrase. What each word can be is `lexicon`'s.

Decided here: the first command or question of the text counts, not the scene set before it. What follows "be" is no object, nor is a
pronoun, a clause, or what a preposition governs: "What is a prime?" is ("be", None), "Come up with a name." ("come", None). A fronted
object counts: "Which steps should I take?" is ("take", "step"). In "a list of words" the head is "list", but in "some of the words"
"word". Text that is not English, or has no verb, is (None, None).
"""

from __future__ import annotations

import re

from seedgen.lexicon import (
    ARTICLES,
    AUXILIARIES,
    BE,
    CLAUSE_ENDS,
    CLOSED,
    COMMANDS,
    COORDINATED,
    DETERMINERS,
    DO,
    ENGLISH,
    FINITE,
    FOREIGN,
    GIVING,
    GRAMMAR,
    HAVE,
    HELPERS,
    JOINTS,
    LINKS,
    MODALS,
    NOMINAL,
    NOT_COMMANDS,
    OBJECT_STARTS,
    PARTICLE_VERBS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    QUANTIFIERS,
    QUESTION_WORDS,
    RECEIVERS,
    SCENES,
    STARTERS,
    SUBJECTS,
    Word,
    kind,
    lemma,
)

LIMIT = 400
"""Characters looked at, some 60 words: what comes later is detail, or the text that the task is about."""
PIECE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\"[^\"\n]*\"|“[^”]*”|«[^»]*»|(?<!\w)['‘][^'’\n]{2,60}['’](?!\w)"
    r"|<(?P<tag>\w+)>|https?://\S+|[^\W\d_]+(?:['’\-/][^\W\d_]+)*['’]?|\d+(?:[.,:]\d+)*[\w%²³]*(?:-\w+)*|\S",
    re.DOTALL,
)
SENTENCE_END = re.compile(r"(?<=[.!?;])[\"”')]*\s+(?=[\"“'(]*[A-Z0-9¿¡a-z])|\s*\n\s*")
MATERIAL = re.compile(r"[\"“«][^\"”»]*(?:[\"”»]|\Z)|(?<=\w):.*", re.DOTALL)
CONTRACTED = re.compile(r"\b(what|who|where|how|that|there|when|why)['’]s\b", re.IGNORECASE)
LEAD_IN = re.compile(
    r"""(?:
      [\W\d]+ | (?:task|question|instruction|prompt|problem|exercise|request|query|q)\ ?\d*\ :
    | (?:please|kindly|now|then|next|first|firstly|second|third|finally|lastly|also|ok|okay|hi|hello|hey|so|and|but|just|simply|again
        |instead|briefly|carefully|quickly|clearly|politely|creatively|concisely|if\ possible)(?:\ ,)?
    | would\ you\ mind | (?:can|could|would|will)\ (?:you|we)(?=\ (?!be\b|have\b)\w)
    | (?:i\ (?:want|need|expect|ask|wish|would\ like|would\ love|am\ asking)|i'd\ (?:like|love))\ (?:for\ )?you\ to
    | (?:i\ (?:want|would\ like|would\ love)|i'd\ (?:like|love))\ to | i\ need\ help(?:\ to|\ with)? | (?:if\ )?you\ could(?=\ help\ me)
    | (?:you|we)\ (?:will\ |also\ |then\ |now\ )?
        (?:(?:need|have|ought|are\ (?:required|asked|expected|going|supposed|tasked\ with)|be\ (?:required|asked))\ to
        |should|must|will\ (?!be\b)|are\ to)
    | (?:are|is)\ (?:required|asked|expected)\ to
    | (?:your|the|my|our)\ (?:\w+\ )?(?:task|job|goal|objective|aim|mission|assignment|role|challenge)\ (?:here\ |now\ )?(?:is|will\ be)\ to
    | let\ (?:us|me)|let's | help\ (?:me|us)(?!\ (?:with|on|about)\b)(?:\ to)?
    | (?:feel\ free|be\ sure|make\ sure|do\ your\ best|don't\ forget|remember|try)\ to
    )(?:\ |$)""",
    re.VERBOSE,
)
OBLIGATION = re.compile(
    r"(?:^|\ )(?:(?:you|and|i|we)\ (?:\w+\ )?(?:need|have|are\ required|are\ asked|are\ expected|will\ be\ required|will\ be\ asked)\ to"
    r"|you\ (?:should|must|will(?!\ be))|i\ (?:want|would\ like|need)\ you\ to|(?:task|job|goal|objective|aim|role)\ is\ to)\ "
)


Pair = tuple[str | None, str | None]


def verb_noun(text: str) -> Pair:
    """Lemma of the root verb and of its direct object's head, lower case; None where there is none."""
    text = CONTRACTED.sub(r"\1 is", text[:LIMIT])
    if not is_english(text):
        return None, None
    sentences = [Sentence(s) for s in SENTENCE_END.split(text.strip()) if s]
    for reading in (Sentence.directive, Sentence.scene, Sentence.statement):
        for sentence in sentences:
            if found := reading(sentence):
                return found
    return None, None


def is_english(text: str) -> bool:
    """Mostly Latin letters, and no more function words of its neighbours than of English itself."""
    text = MATERIAL.sub(" ", text).lower()
    letters = [c for c in text if c.isalpha()]
    found = re.findall(r"[^\W\d_]+", text)
    foreign = sum(word in FOREIGN and word not in ENGLISH for word in found)
    return 2 * sum(c < "\u0250" for c in letters) > len(letters) and foreign <= sum(word in ENGLISH for word in found)


class Sentence:
    """The words of one sentence, and readings of it from a position on. Quotations and code are one sign, '"'."""

    def __init__(self, text: str) -> None:
        pieces = [m["tag"] or ('"' if m[0][0] in "\"“«`'‘" and len(m[0]) > 1 else m[0]) for m in PIECE.finditer(text)]
        self.words = [piece.lower().replace("’", "'") for piece in pieces]
        self.asks = text.rstrip("\"”') ").endswith("?")

    def __getitem__(self, i: int) -> str:
        return self.words[i] if 0 <= i < len(self.words) else ""

    def directive(self) -> Pair | None:
        """The first command or question, at the start or after a lead-in clause."""
        for start in self.starts():
            i = self.after_lead_in(start)
            if self.is_command(i, first=start == 0 or i > start):
                return self.command(i)
            if (self.asks or start == 0) and self.is_question(i):
                return self.question(i)
            if start == 0 and i < len(self.words) and kind(self[i]).main == "G" and self[i] not in PREPOSITIONS and not self.has_comma():
                return self.pair(i, "G")
        return self.obligation()

    def starts(self) -> list[int]:
        """Where a main clause may begin: first, after a comma, colon or dash, and after these after "and" or "then"."""
        after = [i + 1 for i, word in enumerate(self.words) if word in {",", ":", "-", "–", "—", ")"}]
        return [0, *after, *(i + 1 for i, word in enumerate(self.words) if word in {"and", "then"} and i)]

    def has_comma(self) -> bool:
        return "," in self.words

    def after_lead_in(self, i: int) -> int:
        rest = " ".join(self.words[i:]) + " "
        while (found := LEAD_IN.match(rest)) and found[0].strip():
            i += found[0].count(" ")
            rest = rest[found.end() :]
        return i

    def scene(self) -> Pair | None:
        """ "Imagine you live on Mars.": what counts if nothing is asked for besides."""
        i = self.after_lead_in(0)
        return (self[i], self.object(i + 1, self[i])) if self[i] in SCENES else None

    def obligation(self) -> Pair | None:
        """ "You are given two texts and you need to compare them." """
        text = " ".join(self.words) + " "
        for found in OBLIGATION.finditer(text):
            i = self.after_lead_in(text[: found.end()].count(" "))
            if "B" in kind(self[i]).kinds:
                return self.command(i)
        return None

    def is_command(self, i: int, *, first: bool) -> bool:
        word, after = self[i], self[i + 1]
        what = kind(word)
        if word in NOT_COMMANDS or after in AUXILIARIES or after == ":" or word in GRAMMAR:
            return False
        if word in COMMANDS:
            return not (what.main == "N" and self.is_subject(i)) and (first or self.opens_object(i + 1))
        if first and after in STARTERS and what.main in {"N", "B", ""}:
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
        if self[i] == "how" and self[i + 1] not in {"many", "much"}:
            return None, i + 1 + (self[i + 1] not in AUXILIARIES)
        if "Z" in kind(self[i + 1]).kinds and kind(self[i + 2]).main != "B" and not AUXILIARIES.intersection(self.words):
            return None, i + 1  # "What causes rust?"
        if self[i] not in {"what", "which", "whose", "how"}:
            return None, i + 1
        head, end = self.noun_phrase(i + 1)
        return (None, end - 1) if end > i + 2 and kind(self[end - 1]).main == "B" else (head, end)

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
            if kind(self[end]).main in {"P", "G", "D"} and end > i:
                return end, "G" if kind(self[end]).main == "G" else "P"
        return be, "B"

    def infinitive(self, helper: int) -> tuple[int, str]:
        """The verb of "does the sun rise", "can it be done": after a pronoun at once, else the first that is no noun, or might be none."""
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
        return (helper + 1, "B") if "B" in kind(self[helper + 1]).kinds else None

    def statement(self) -> Pair | None:
        """The main verb of what neither commands nor asks: "The text should be classified …", "I need a slogan …"."""
        i = self.after_lead_in(0)
        start = i + 1 if self[i] in SUBJECTS else self.noun_phrase(i)[1]
        for j in range(max(start, i + 1), len(self.words)):
            if self[j] in AUXILIARIES:
                verb, form = self.main_verb(j, j) if self[j] in LINKS else self.participle(j, yes_no=False, what=False)
                return ("be", None) if self[verb] in BE else self.pair(verb, form)
            if kind(self[j]).main in {"Z", "D", "B"} or (j == i + 1 and self[i] in SUBJECTS and "B" in kind(self[j]).kinds):
                form = kind(self[j]).main
                return self.pair(j, form if form in "ZDB" else "B")
        return None

    def pair(self, i: int, form: str) -> Pair:
        """The verb at `i` and the object right after it."""
        root = lemma(self[i], form)
        return root, self.object(i + 1, root)

    def object(self, i: int, verb: str) -> str | None:
        """The head of the direct object that begins at `i`; of the second one in "give the page a title"."""
        while self[i] in {"and", "or", ",", "/", "then"} and (self[i + 1] in COORDINATED or kind(self[i + 1]).main == "B"):
            i += 2 if self[i + 1] in COMMANDS or kind(self[i + 1]).main == "B" else 1
        while self[i] in PARTICLES or (kind(self[i]).main == "A" and self[i] not in ENGLISH) or verb in PARTICLE_VERBS.get(self[i], ()):
            i += 1
        if self[i] == "to" and self[i + 1] in RECEIVERS:
            i += 2
        if self[i] in PRONOUNS and not (self[i] in DETERMINERS and (self.continues(i + 1) or self[i + 1] in DETERMINERS)):
            if self[i] not in RECEIVERS or (verb not in GIVING and self[i + 1] not in DETERMINERS):
                return None
            i += 1
        if self[i] == "that" and self[i + 1] in NOMINAL:
            return None
        head, end = self.noun_phrase(i)
        if head and verb in GIVING and self[end] in ARTICLES:
            head = self.noun_phrase(end)[0] or head
        return head

    def continues(self, i: int) -> bool:
        """Whether a noun phrase that has begun goes on here."""
        return self[i] not in CLOSED and (bool(kind(self[i]).kinds) or self[i].isdigit())

    def noun_phrase(self, i: int) -> tuple[str | None, int]:
        """The lemma of the head of the noun phrase at `i`, None if it has none, and the position after it."""
        head: int | None = None
        start = i
        while i < len(self.words):
            word = self[i]
            what = kind(word)
            if word.endswith(("'s", "s'")) or (word == "of" and self[i - 1] in QUANTIFIERS):
                head = None
            elif word in {"and", "or", ",", "/", "("} and head is None:
                if i == start or not self.continues(i + 1):
                    break
            elif word in {"one", "ones"} and i > start and self[i - 1] not in DETERMINERS:
                head = i
            elif word in DETERMINERS or word[0].isdigit() or word == '"':
                if head is not None and not (word[0].isdigit() and kind(self[i + 1]).main == "N"):
                    break
            elif self.ends_phrase(word) or (head is not None and not self.goes_on(i, what)):
                break
            elif head is not None or not self.modifies(i, what):
                if "N" not in what.kinds and what.main in {"B", "Z"} and self[start] not in DETERMINERS:
                    break
                head = i if "N" in what.kinds or what.main in {"B", "Z"} else None
            i += 1
        return (lemma(self[head], "N") if head is not None else None), i

    def ends_phrase(self, word: str) -> bool:
        return (word in ENGLISH and word not in {"following", "given"}) or not kind(word).kinds

    def modifies(self, i: int, what: Word) -> bool:
        """Whether a word that opens a noun phrase is an adjective there, though it could be a noun: "a short, clear summary"."""
        if what.main not in {"J", "C", "P", "G", "A", "D"} and self[i] not in {"following", "given"}:
            return False
        listed = self[i + 1] in {",", "and", "or"} and kind(self[i + 2]).main in {"J", "P"}
        return "N" not in what.kinds or listed or self.continues(i + 1)

    def goes_on(self, i: int, what: Word) -> bool:
        """Whether a noun phrase that has a noun already takes this word in: "birthday planning checklist", not "text using words"."""
        after = self[i + 1]
        if "G" in what.kinds and after in NOMINAL:
            return False
        if what.main == "N":
            return True
        if what.main == "G" and kind(self[i - 1]).plural:
            return False
        if after not in ENGLISH and kind(after).main == "N":
            return what.main == "J" or (what.main == "G" and "N" in what.kinds)
        return "N" in what.kinds and what.main in {"B", "J"} and (after in JOINTS or not after.isalnum())
