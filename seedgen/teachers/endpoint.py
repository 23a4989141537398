"""Where a teacher is asked, and how its words are repeated: on one line, cut, and without the key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_BODY = 16 * 2**20  # bytes; the longest honest answer is well under one megabyte
QUOTED = 200  # characters of a foreign message that are repeated in ours


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a teacher is asked, and how messages call it: the settings to look at, and `what` it is sent. The key is here only to be
    blotted out of what servers say.
    """

    base_url: str
    model: str = ""
    key_env: str = ""
    key: str = field(default="", repr=False)
    model_setting: str = "--model"
    url_setting: str = "--base-url"
    what: str = "prompt"


NOWHERE = Endpoint("the record")
"""Where saved answers are read from."""


DROPPED = re.compile(rb"\\u00(?i:0[0-8bcef]|1[0-9a-f]|7f)|\\[bf]|\x7f|(\\.)")
"""What reading drops: control characters, as JSON spells them (see `text.clean`); and the beginnings of other escapes, which stay (1)."""


def key_blotter(key: str) -> Callable[[bytes], bytes]:
    """What takes the key out of a body, also where it is spelt in JSON's escapes or has characters in it that reading would drop."""
    if len(key) < 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
        return lambda body: body
    spelt = re.compile(b"".join(rb"(?:%b|\\u(?i:%04x))" % (b"\\\\?" * (c in '"\\/') + re.escape(c.encode()), ord(c)) for c in key))

    def blot(body: bytes) -> bytes:
        body = spelt.sub(b"[key]", body)
        read = DROPPED.sub(rb"\1", body)
        hidden = len(read) < len(body) and spelt.search(read)
        return spelt.sub(b"[key]", read) if hidden else body

    return blot


def printable(text: str | bytes) -> str:
    """One line of printable characters."""
    if isinstance(text, bytes):
        text = text[: QUOTED * 20].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


STARRED = re.compile(r"[^\s*]{0,100}+\*{2,}\S{0,100}")
"""A key of which a server shows the ends."""


def quoted(said: str | bytes, endpoint: Endpoint) -> str:
    """What a server said as a quotation to append to a message: on one line, without the key, and cut."""
    text = STARRED.sub("[key]", printable(key_blotter(endpoint.key)(said) if isinstance(said, bytes) else said))
    if len(endpoint.key) >= 8:  # shorter ones are no secrets ("none", "EMPTY"), and would blot out words
        text = text.replace(endpoint.key, "[key]")
    return f' ("{text[:QUOTED]}{"…" if len(text) > QUOTED else ""}")' if text else ""
