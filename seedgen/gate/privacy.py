"""Refuses texts that carry a secret (a key, a token, a password in an address) or, if asked to, what identifies a person.

Secrets are known by their makers' prefixes and shapes, so prose is never mistaken for one; personal data by shape and, where there is one,
by check digits. Stand-ins are let through: YOUR_API_KEY, sk-xxxx, AKIAIOSFODNN7EXAMPLE, user:password@localhost, someone@example.com,
private and documentation addresses. The evidence tells the kind and shows no more than the first characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address

from pydantic import Field

from seedgen.config.section import Section
from seedgen.gate.filter import Filter, FilterKind, GateParts
from seedgen.language.text import words
from seedgen.records import Candidate, Instance, Verdict

Test = Callable[[str], bool]
"""Whether what has the shape is also the thing."""

STAND_IN = re.compile(
    r"example|placeholder|dummy|sample|redacted|change_?me|your|x{4}|\*{3}|\.{3}|(.)\1{4}|123456|abcdef|eyJzdWIiOiIxMjM0NTY3ODkw",
    re.IGNORECASE,
)
"""Words that makers of stand-ins use, a character over and over, counting, and the token that jwt.io shows."""
DISTINCT = 8
"""A random string of 16 characters has fewer distinct ones less than once in a million."""


def random(text: str) -> bool:
    """Whether a string may have been drawn by a machine."""
    return not STAND_IN.search(text) and len(set(text)) >= DISTINCT and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def not_a_stand_in(text: str) -> bool:
    return not STAND_IN.search(text)


COMMON_PASSWORDS = frozenset(words("password passwd pass pwd secret admin root user test guest postgres mysql redis token key"))
NO_HOST = re.compile(r"(?:.*\.)?(?:localhost|host|hostname|server|example(?:\.\w+)?|test|invalid|127\.0\.0\.1)(?::.*)?", re.IGNORECASE)


def has_password(address: str) -> bool:
    """Whether an address with user and password has real ones: not "user:password", nor those of a machine of nobody's."""
    user, _, rest = address.partition("://")[2].partition(":")
    password, _, host = rest.rpartition("@")
    plain = password.lower() in COMMON_PASSWORDS or password == user or password[:1] in "<[{$%("
    return not plain and not STAND_IN.search(password) and not NO_HOST.fullmatch(host)


SECRETS: Mapping[str, tuple[str, Test]] = {
    "private key": (
        r"-----BEGIN (?:[A-Z]+ ){0,8}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n)+"
        r"(?:[\w-]{1,64}: [^\n\\]{0,200}(?:\n|\\n)\s*){0,8}[A-Za-z0-9+/=]{20,}",
        lambda block: not_a_stand_in(block.rpartition("-----")[2]),
    ),
    "AWS access key": (r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", random),
    "AWS secret key": (r"(?i:aws_?secret(?:_access)?_key)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}\b", not_a_stand_in),
    "GitHub token": (r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})", random),
    "GitLab token": (r"\bglpat-[\w-]{20,}", random),
    "OpenAI, Anthropic or like key": (r"(?<![\w-])sk-(?=[\w-]*[A-Za-z0-9]{16})[\w-]{20,}", random),
    "Slack token": (r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w{16,}", random),
    "Google key": (r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{28}|\bya29\.[\w-]{20,}", random),
    "Stripe key": (r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}", random),
    "Hugging Face token": (r"\bhf_[A-Za-z0-9]{30,}", random),
    "npm token": (r"\bnpm_[A-Za-z0-9]{36}", random),
    "PyPI token": (r"\bpypi-[\w-]{50,}", random),
    "SendGrid key": (r"\bSG\.[\w-]{16,}\.[\w-]{16,}", random),
    "Azure storage key": (r"\bAccountKey=[A-Za-z0-9+/]{86}==", not_a_stand_in),
    "JSON web token": (
        r"\beyJ[\w-]{10,}+(?:\.eyJ[\w-]{10,}+(?:\.[\w-]{10,}+)?)?",  # what begins like one is passed over once, be it one or not
        lambda token: token.count(".") == 2 and not_a_stand_in(token),
    ),
    "password in an address": (r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,64}:[^\s/@]{3,64}@[^\s/\"'<>]+", has_password),
}


def luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812)."""
    digits = [int(char) for char in reversed(number) if char.isdigit()]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10


def iban(account: str) -> bool:
    """The check digits of an account number (ISO 13616)."""
    plain = account.replace(" ", "")
    return 15 <= len(plain) <= 34 and int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def of_somebody(address: str) -> bool:
    """Whether an e-mail address is in none of the domains kept for examples (RFC 2606)."""
    domain = address.rpartition("@")[2].lower()
    return not re.fullmatch(r"(?:.*\.)?(?:example(?:\.\w+)?|test|invalid|localhost)|your.*", domain)


def assigned(number: str) -> bool:
    """Whether a telephone number has a possible length (E.164) and is none of North America's 555-01xx, kept for fiction."""
    digits = re.sub(r"\D", "", number)
    return 8 <= len(digits) <= 15 and not re.fullmatch(r"1\d{3}55501\d\d", digits)


def public(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


PERSONAL: Mapping[str, tuple[str, Test]] = {
    "e-mail address": (r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", of_somebody),
    "telephone number": (r"(?<![\w+])\+[1-9](?:\d{7,14}|\d{0,3}(?:(?:[ .-]|\)? ?\(?)\d{2,4}\)?){2,5})(?!\d)", assigned),
    "payment card": (r"(?<![\d.,-])(?:[2-6]\d{3}(?:[ -]?\d{4}){3}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})(?![\d-])", luhn),
    "bank account (IBAN)": (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", iban),
    "US social security number": (r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])", bool),
    "IP address": (r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4})(?![\w:]|\.\d)", public),
}

Shape = tuple[str, str, re.Pattern[str], Test]
"""The reason of a refusal, the kind, what it looks like, and the test."""


class PrivacyConfig(Section):
    secrets: bool = Field(True, description="refuse keys, tokens and passwords of known shapes")
    pii: bool = Field(False, description="refuse e-mail addresses, telephone, card, account and social security numbers, IP addresses")


class PrivacyFilter(Filter):
    """Looks at the instruction, and at the input and output of every finished item."""

    name = "privacy"
    lasting = True

    def __init__(self, config: PrivacyConfig) -> None:
        wanted = {"secret": SECRETS if config.secrets else {}, "pii": PERSONAL if config.pii else {}}
        self.shapes: list[Shape] = [
            (reason, kind, re.compile(pattern), test) for reason, table in wanted.items() for kind, (pattern, test) in table.items()
        ]

    def verdict(self, candidate: Candidate) -> Verdict:
        return self.look(candidate.instruction)

    def check(self, instance: Instance) -> Verdict:
        found = (self.look(text) for text in (instance.input, instance.output, instance.payload))
        return next((verdict for verdict in found if not verdict.passed), Verdict(self.name, True))

    def look(self, text: str) -> Verdict:
        for reason, kind, pattern, test in self.shapes:
            for found in pattern.finditer(text):
                if test(found[0]):
                    return Verdict(self.name, False, reason, evidence=f"{kind}: {masked(found[0])}")
        return Verdict(self.name, True)

    def redacted(self, text: str) -> str:
        """The text with all that is looked for masked, as in the evidence."""
        for _, _, pattern, test in self.shapes:
            text = pattern.sub(partial(masked_if, test), text)
        return text


def masked_if(test: Test, found: re.Match[str]) -> str:
    return masked(found[0]) if test(found[0]) else found[0]


def masked(text: str) -> str:
    """A fifth of it, four characters at most, and its length."""
    return f"{text[: min(4, len(text) // 5)]}… ({len(text)} characters)"


def make(config: PrivacyConfig, _: GateParts) -> Filter | None:
    return PrivacyFilter(config) if config.secrets or config.pii else None


PLUGIN = FilterKind("privacy", 50, PrivacyConfig, "secrets and personal data", make)
