"""One sentence as a list of words, and the noun phrases in it: "the three best recipes for bread" has the head "recipe".

The half of `verbs` that knows of nouns: where a noun phrase begins and ends, which word is its head, and which one is the direct object
of a verb that stands before it.
"""

from __future__ import annotations

import re

from seedgen.lexicon import (
    ARTICLES,
    CLOSED,
    COMMANDS,
    COMPLEMENTS,
    COORDINATED,
    COPULAR,
    DETERMINERS,
    ENGLISH,
    GIVING,
    JOINTS,
    NOMINAL,
    PARTICLE_VERBS,
    PARTICLES,
    PRONOUNS,
    QUANTIFIERS,
    RECEIVERS,
    Word,
    kind,
    lemma,
)

PIECE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\"[^\"\n]*\"|“[^”]{0,400}”|«[^»]{0,400}»|(?<!\w)['‘][^'’\n]{2,60}['’](?!\w)"
    r"|<(?P<tag>\w+)>|https?://\S+|[^\W\d_]+(?:['’\-/][^\W\d_]+)*['’]?|\d+(?:[.,:]\d+)*[\w%²³]*(?:-\w+)*|\S",
    re.DOTALL,
)

Pair = tuple[str | None, str | None]


class Phrases:
    """The words of one sentence, and readings of it from a position on. Quotations and code are one sign, '"'."""

    def __init__(self, text: str) -> None:
        pieces = [m["tag"] or ('"' if m[0][0] in "\"“«`'‘" and len(m[0]) > 1 else m[0]) for m in PIECE.finditer(text)]
        self.words = [piece.lower().replace("’", "'") for piece in pieces]
        self.asks = text.rstrip("\"”') ").endswith("?")

    def __getitem__(self, i: int) -> str:
        return self.words[i] if 0 <= i < len(self.words) else ""

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
        if verb in COPULAR and kind(self[i]).main in COMPLEMENTS and not self.continues(i + 1):
            return None
        if (
            self[i] in PRONOUNS
            and not (self[i] in QUANTIFIERS and self[i + 1] == "of")
            and not (self[i] in DETERMINERS and (self.continues(i + 1) or self[i + 1] in DETERMINERS))
        ):
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
            elif word in {"one", "ones"} and (self[i - 1] == "which" or (i > start and self[i - 1] not in DETERMINERS)):
                head = i
            elif word in {"for", "if", "while"} and self[i - 1] in {"a", "an", "the"}:
                pass  # "the for loop"
            elif word in DETERMINERS or word[0].isdigit() or (len(word) == 1 and word.isalnum()) or word == '"':
                if head is not None and not (word[0].isdigit() and kind(self[i + 1]).main == "N"):
                    break
                if word in ARTICLES and i > start and kind(self[i - 1]).main == "J" and self[i - 1] not in DETERMINERS:
                    break  # "make sure the …"
            elif self.ends_phrase(word) or (head is not None and not self.goes_on(i, what)):
                break
            elif head is not None or not self.modifies(i, what):
                if "N" not in what.kinds and what.main in {"B", "Z"} and self[start] not in DETERMINERS:
                    break
                head = i if "N" in what.kinds or what.main in {"B", "Z"} else None
            i += 1
        if head is None and self[start] in DETERMINERS and kind(self[i - 1]).kinds == "J":
            head = i - 1  # "the integral", "the best"
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
        if ("G" in what.kinds and after in NOMINAL) or ("B" in what.kinds and after in {"less", "more", "like"}):
            return False
        if what.main == "N":
            return True
        if what.main == "G" and kind(self[i - 1]).plural:
            return False
        if after not in ENGLISH and kind(after).main == "N":
            return what.main == "J" or (what.main == "G" and "N" in what.kinds)
        return "N" in what.kinds and what.main in {"B", "J"} and (after in JOINTS or not after.isalnum())
