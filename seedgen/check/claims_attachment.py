"""What nobody attached, linked or drew."""

from __future__ import annotations

import re

from seedgen.check.output import Case, Check, quoted

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


PLUGIN = Check("claims_attachment", 80, claims_attachment)
