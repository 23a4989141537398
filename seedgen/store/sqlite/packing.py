"""How requests and answers are kept: as zlib streams. The one place where they are packed and unpacked.

A request is mostly its template, so it is packed with the template as the preset dictionary of the stream (RFC 1950, FDICT), and takes a
quarter of what it would without. Which dictionary a stream needs is in its head; one without, as earlier versions wrote and as answers are,
needs none. Any zlib reads either: the dictionary of a template is `dictionary` of its source, which the run keeps.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from sqlalchemy import Connection, text

from seedgen.store.sqlite.tables import RUN

ENVELOPE = (
    '"prompt": "", "stop": ["\\n\\n"], {"max_tokens": 1024, "messages": [{"content": "", "role": "user"}], "model": "gpt-4.1-mini", '
    '"stop": ["\\n###", "\\nTask:", "\\nTask 17:"], "temperature": 0.7, "top_p": 0.95}'
)
"""What requests have around the prompt. Never to be changed: what was packed with it could not be read."""
LEVEL = 6
FDICT = 0x20
"""The bit of a stream's second byte that says that it has a preset dictionary; whose Adler-32 then follows."""


def dictionary(source: str) -> bytes:
    """A template as it stands in a request, escaped as in JSON."""
    return (json.dumps(source, ensure_ascii=False)[1:-1] + ENVELOPE).encode()


class Packing:
    """Packs and unpacks with the templates of one run, given as name to source."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self.dictionaries = {name: dictionary(source) for name, source in templates.items()}
        self.known = {zlib.adler32(each): each for each in self.dictionaries.values()}

    @classmethod
    def of(cls, connection: Connection) -> Packing:
        """That of the run in a database."""
        rows = connection.execute(text("SELECT name, source FROM template WHERE run_id = :run"), {"run": RUN})
        return cls({name: source for name, source in rows if isinstance(source, str)})

    def pack(self, data: bytes, template: str = "") -> bytes:
        """`data` as a stream; with the dictionary of the template it was made from, if that is one of the run's."""
        if template not in self.dictionaries:
            return zlib.compress(data, LEVEL)
        packer = zlib.compressobj(LEVEL, zdict=self.dictionaries[template])
        return packer.compress(data) + packer.flush()

    def unpack(self, stream: bytes) -> bytes:
        """What was packed. Raises `zlib.error` for what is no whole stream, or needs a template that the run does not have."""
        wanted = self.known.get(int.from_bytes(stream[2:6])) if len(stream) > 1 and stream[1] & FDICT else None
        unpacker = zlib.decompressobj() if wanted is None else zlib.decompressobj(zdict=wanted)
        data = unpacker.decompress(stream)
        if not unpacker.eof:
            raise zlib.error("incomplete or truncated stream")
        return data
