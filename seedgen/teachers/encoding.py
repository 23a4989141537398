"""The embedding model, in a process of its own, this very file run as a program: see `seedgen.teachers.encoder`, which asks it.

A thread beside the event loop would do worse: torch lets go of the interpreter and takes it again hundreds of times a sentence, and waits
for the loop's work each time, as the loop waits for the five seconds in which torch is imported. And how many threads torch may use is a
setting of its process; here it is nobody else's.

One line of JSON asks: the model, how its texts are encoded, the texts. One line answers: the shape of the vectors, which follow as bytes,
or what is wrong. The process prints nothing else, and ends when its standard input closes, so it never outlives its parent.

A text that the model cannot read gets a vector of zeros: one whose words its tokenizer does not know (Thai, emoji), or only spells by
letters (Bengali, Korean). A vector would say little more than how long it is: unrelated ones come as near as paraphrases do.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from seedgen.language.text import stands_alone

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32
"""Sentences at a time where a ticket's are encoded together. Fixed, because padding to the batch's longest moves the last bits."""
LONGEST = 512
"""Tokens of a text that are looked at for whether it can be read."""
NOT_LATIN = "\u0370"
"""Where the Latin letters end."""
MOST_UNREAD = 0.2
"""The largest part of a text that may be unread. Two English sentences that each quote another script differ in that alone."""


def encoded(path: str, texts: Sequence[str], *, alone: bool) -> npt.NDArray[np.float16]:
    """A unit-length vector a text, or zeros, shape (texts, d). Raises `OSError`, `ValueError` or `RuntimeError` if the
    model cannot be loaded, or has no room.

    Alone, a text's vector is that of the text and nothing else: it is encoded by itself, on one thread (more would need four times the
    processor time, most of it spent waiting for one another), on the GPU if there is one. Otherwise as runs did before: with the rest of
    its ticket, on the CPU, on as many threads as torch likes.
    """
    import torch

    model = load(path, "cuda" if alone and torch.cuda.is_available() else "cpu")
    torch.set_num_threads(1 if alone else usual_threads())
    size = 1 if alone else BATCH
    rows = model.encode(list(texts), batch_size=size, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
    vectors = np.asarray(rows, np.float16)
    vectors[[unread_share(model.tokenizer, text) > MOST_UNREAD for text in texts]] = 0
    return vectors


@cache
def usual_threads() -> int:
    """As many threads as torch takes unless it is told; asked before it is."""
    import torch

    return int(torch.get_num_threads())


@cache
def load(path: str, device: str) -> SentenceTransformer:
    """The model in a folder, or by its hub id, which is downloaded unless it is cached."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    usual_threads()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers left this one untyped
    return SentenceTransformer(path, device=device, local_files_only=Path(path).is_dir())


def is_letter(char: str) -> bool:
    """Whether a character is a letter of a script, other than Latin, in which one letter is no word."""
    return char >= NOT_LATIN and char.isalpha() and not stands_alone(char)


def unread_share(tokenizer: Any, text: str) -> float:
    """Which part of a text's characters, of those that the model sees, its tokenizer does not know or only spells, from 0 to 1.

    A token of one letter spells, or one of a part of it, as of a Korean syllable. A tokenizer that does not tell where its tokens stand is
    taken to know them all.
    """
    if text.isascii() or not getattr(tokenizer, "is_fast", False):
        return 0.0
    made = tokenizer(text, add_special_tokens=False, truncation=True, max_length=LONGEST, return_offsets_mapping=True)
    seen = unread = 0
    before = (0, 0)
    for token, place in zip(made["input_ids"], made["offset_mapping"], strict=True):
        start, end = place
        seen += end - start
        spelled = end - start == 1 and is_letter(text[start]) and (place == before or len(unicodedata.normalize("NFD", text[start])) == 1)
        unread += end - start if spelled or token == tokenizer.unk_token_id else 0
        before = place
    return unread / seen if seen else 0.0


def answer(question: bytes, out: BinaryIO) -> None:
    """Answer one line."""
    asked = json.loads(question)
    try:
        vectors = encoded(asked["model"], asked["texts"], alone=asked["alone"])
    except (OSError, ValueError, RuntimeError) as exc:
        out.write(json.dumps({"error": str(exc)}).encode() + b"\n")
    else:
        out.write(json.dumps({"shape": vectors.shape}).encode() + b"\n" + vectors.astype("<f2").tobytes())
    out.flush()


def serve() -> None:
    """The process's whole life: answer until standard input closes, after whoever asks. It leaves without native clean-up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)
    out = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for question in sys.stdin.buffer:
        answer(question, out)
    os._exit(0)


if __name__ == "__main__":
    serve()
