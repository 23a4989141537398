import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.gate.privacy import PrivacyConfig, PrivacyFilter
from seedgen.inputs.bundled import bundled
from seedgen.inputs.seeds import read_seeds
from seedgen.records import Candidate, Instance, Proposal, Verdict

SECRETS = PrivacyFilter(PrivacyConfig())
ALL = PrivacyFilter(PrivacyConfig(pii=True))
RANDOM = random.Random(7)


def drawn(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(RANDOM.choice(letters) for _ in range(length))


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("AKIA" + "Q7Z3W8M2R6T4Y9KL", "AWS access key", "AKIA… (20 characters)"),
        ("aws_secret_access_key = " + drawn(40), "AWS secret key", "aws_… (64 characters)"),
        ("ghp_" + drawn(36), "GitHub token", "ghp_… (40 characters)"),
        ("github_pat_" + drawn(22) + "_" + drawn(59), "GitHub token", "gith… (93 characters)"),
        ("glpat-" + drawn(20), "GitLab token", "glpa… (26 characters)"),
        ("sk-" + drawn(48), "OpenAI, Anthropic or like key", "sk-"),
        ("sk-proj-" + drawn(60) + "_" + drawn(40), "OpenAI, Anthropic or like key", "sk-p… (109 characters)"),
        ("sk-ant-api03-" + drawn(80), "OpenAI, Anthropic or like key", "sk-a… (93 characters)"),
        ("xoxb-2444399285-" + drawn(24), "Slack token", "xoxb… (40 characters)"),
        ("AIza" + drawn(35), "Google key", "AIza… (39 characters)"),
        ("sk_live_" + drawn(24), "Stripe key", "sk_l… (32 characters)"),
        ("hf_" + drawn(34), "Hugging Face token", "hf_"),
        ("npm_" + drawn(36), "npm token", "npm_… (40 characters)"),
        ("-----BEGIN RSA PRIVATE KEY-----\n" + drawn(64) + "\n", "private key", "----… (96 characters)"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\\n" + drawn(64), "private key", "----"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJ" + drawn(30) + "." + drawn(43), "JSON web token", "eyJh"),
        ("postgres://app:" + "Tr0ub4dor@db.acme.io:5432/main", "password in an address", "post… (40 characters)"),
    ],
)
def test_a_secret_is_refused_and_not_shown(text: str, kind: str, shown: str) -> None:
    verdict = SECRETS.look(f'Explain what "{text}" is for.')
    assert (verdict.passed, verdict.reason) == (False, "secret")
    assert verdict.evidence.startswith(f"{kind}: {shown}")
    assert len(verdict.evidence) < len(kind) + 30


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-your-api-key-goes-here-00000000",
        "sk-…",
        "sk-1234567890abcdef1234567890abcdef",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "api_key = YOUR_API_KEY",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "postgres://user:password@db.acme.io/main",
        "postgres://postgres:postgres@db.acme.io/main",
        "mysql://app:Tr0ub4dor@localhost:3306",
        "https://alice:<password>@intranet.acme.io",
        "https://example.com:8080/path@home",
        "task-driven-development-of-2020-and-beyond",
        "sk-bratislava-region-map-2020-edition",
        "See https://www.acme.io/?q=1:2@3",
        "sk-ab1ab1ab1ab1ab1ab1ab1ab1",
        "sk-qwertzuiopasghjklyxcv",
        "ftp://maria:maria@files.acme.io/x",
    ],
)
def test_a_stand_in_is_no_secret(text: str) -> None:
    assert SECRETS.look(f"Explain what {text} is for.").passed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("jane.doe@acme.io", "e-mail address"),
        ("+49 30 901820", "telephone number"),
        ("+1 (415) 267-8910", "telephone number"),
        ("+33123456789", "telephone number"),
        ("4111 1111 1111 1111", "payment card"),
        ("378282246310005", "payment card"),
        ("DE89 3704 0044 0532 0130 00", "bank account (IBAN)"),
        ("GB82WEST12345698765432", "bank account (IBAN)"),
        ("536-90-4399", "US social security number"),
        ("8.8.8.8", "IP address"),
        ("2a00:1450:4001:81b::200e", "IP address"),
    ],
)
def test_personal_data_is_refused_where_that_is_asked_for(text: str, kind: str) -> None:
    found = ALL.verdict(Candidate(0, 0, Proposal(f"Write to {text}, please.")))
    assert (found.reason, found.evidence.partition(":")[0], text in found.evidence) == ("pii", kind, False)
    assert SECRETS.look(f"Write to {text}, please.").passed


@pytest.mark.parametrize(
    "text",
    [
        "someone@example.com",
        "ann@mail.example.org",
        "you@yourcompany.com",
        "+1 202-555-0173",
        "+1 2 3 4 5 6 7 8",
        "+1 23 45",
        "x + 12345678",
        "4111 1111 1111 1112",
        "1234 5678 9012 3456",
        "DE89 3704 0044 0532 0130 01",
        "000-12-3456",
        "2024-05-0612",
        "192.168.0.1",
        "127.0.0.1",
        "203.0.113.7",
        "2001:db8::1",
        "fe80::1",
        "version 1.2.3",
        "12:30:45",
        "std::vector",
        "@someone on the forum",
        "ISBN 978-3-16-148410-0",
    ],
)
def test_what_is_nobodys_passes(text: str) -> None:
    assert ALL.look(f"Write {text} down.") == Verdict("privacy", True)


def test_of_a_short_one_less_is_shown() -> None:
    assert ALL.look("Ping 8.8.8.8 twice.").evidence == "IP address: 8… (7 characters)"


def test_what_is_no_secret_is_not_masked() -> None:
    key = "AKIA" + "Q7Z3W8M2R6T4Y9KL"
    assert SECRETS.redacted(f"Not AKIAIOSFODNN7EXAMPLE but {key}.") == "Not AKIAIOSFODNN7EXAMPLE but AKIA… (20 characters)."


def test_inputs_and_outputs_are_looked_at_too() -> None:
    key = "ghp_" + drawn(36)
    assert [SECRETS.check(each).passed for each in (Instance(key, ""), Instance("", key), Instance("a", "b"))] == [False, False, True]


def test_no_bundled_seed_is_refused() -> None:
    texts = [(t.id, x) for t in read_seeds([bundled("seeds")]) for i in t.instances for x in (t.instruction, i.input, i.output)]
    assert [name for name, text in texts if not SECRETS.look(text).passed] == []


@given(st.text(st.sampled_from("aA0-_.:/@+ sk"), max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert ALL.look(text).filter == "privacy"


@pytest.mark.parametrize("header", ["a: b ", "a: b\n", "a: b\\n", "Proc-Type: 4,ENCRYPTED\n "])
def test_a_key_block_with_endless_headers_takes_no_time(header: str) -> None:
    assert SECRETS.look("-----BEGIN PRIVATE KEY-----\n" + header * 20_000).passed
