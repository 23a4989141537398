"""`from seedgen.text import verb_noun`, a public name; what it does is in `seedgen.language`."""

from __future__ import annotations

from seedgen.language.text import verb_noun as verb_noun
