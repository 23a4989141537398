"""What a teacher sends may be made to be slow: whatever the text, the work grows as its length does, not as the square of it.

Measured in processor time of this thread, which other processes do not add to. A text of 4 n characters costs 4 times what one of n does,
or, where something is quadratic, 16 times; 8 is too much. What takes a few milliseconds is let through.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import product

import pytest

from seedgen.check.echo import examples
from seedgen.check.output import DOOR, Case, Check, check
from seedgen.check.repetition import looping_tail, same_line
from seedgen.config.model import OutputConfig
from seedgen.draw.taxonomy import Category, Classifier, Taxonomy
from seedgen.errors import TeacherError
from seedgen.gate import shape
from seedgen.gate.decontamination import DecontaminationConfig, DecontaminationFilter
from seedgen.gate.exact import ExactFilter
from seedgen.gate.privacy import PrivacyConfig, PrivacyFilter
from seedgen.gate.rouge import RougeConfig, RougeFilter
from seedgen.gate.shape import ShapeConfig
from seedgen.inputs.seeds import merge
from seedgen.language import control, text, traits, verbs
from seedgen.loop.loop import describe
from seedgen.recipes import parse, readers
from seedgen.records import Candidate, EvaluationItem, Instance, Proposal, SeedTask
from seedgen.registry import plugins
from seedgen.teachers.endpoint import Endpoint, key_blotter
from seedgen.teachers.reasoning import unthought
from seedgen.teachers.refusals import error_for
from seedgen.teachers.waits import allowance, retry_after
from seedgen.teachers.wire import read_body

RULES = {name: each.rule for name, each in plugins(DOOR, Check).items()}
SHORT = 1_000
MOST = 8
FREE = 0.004
"""Seconds."""
MANY = 10**9

REPEATED = (
    *("\n", " ", "\r\n", "\n ", "a", "1", "9 ", "é", "文", "Ⅷ", "é文", "Привет ", "한", "🙂", "\u200d", "\ufffd", "\x00", "Σ'"),
    *("\u0301", "\u0316\u0301", "a\u0316\u0301", "\u0f73", "\u0301\uff9e", "\\", "\\u0000", "\\b", "\\\\b"),
    *(
        "![",
        "[",
        "](",
        "![a]",
        "[image",
        "see the attached ",
        "https://",
        "https://a.b ",
        "`",
        "```",
        "```\n",
        "\n```",
        "I am sorry ",
        "i'm ",
    ),
    *("none ", "your output ", "-_", "word times ", "repeat", "task 1:", "\ntask", "\nTask 9:", "<|", "<|a", "###", "###\n", "\n### "),
    *("1. instruction", "instruction ", "Input:", "\nInput: ", "\nInstruction: a\nOutput: b", "\nClass label: a\nInput: b", "answer: "),
    *(
        "1. a\n",
        "- a\n",
        "\n* * 1.",
        "**",
        "Sure, ",
        "Here are:\n",
        "Here are:\n```\n",
        "{",
        "{}\n",
        '{"a":',
        "[1],",
        '"',
        "'",
        "“",
        "«",
        "‘",
    ),
    *(
        "(",
        "<a",
        "eyJ-",
        "eyJaaaaaaaaaaa.",
        "a@",
        "a@b.",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----\nX: ",
        "X: \n",
        "sk-a-",
        "ghp_",
        "a.a",
    ),
    *("hooks.slack.com/services/Ta/B", "SG.aaaaaaaaaaaaaaaaa", "aws_secret_access_key = ", "a://b:c", "+1 22 ", "4111 ", "DE89 ", "1.2.3."),
    *(":", "1,", "1/", "12h", ".", ". ", "…", "=", "x = 1\n", "f(x);\n", "|a|b|\n", "a,b\n", ",", "A: b\nB: c\n", "  x\n", "x\n\n", "x("),
    *(
        ", please",
        "and please ",
        "lyly",
        "you must ",
        "i want to ",
        "really ",
        "It is so. ",
        "the red, ",
        "this a' ",
        "design x, ",
        "ab-",
        "ab, ",
    ),
    *("1. Do it. 2. ", "**a**: b\n", "任务 9：", "Yes or no ", "\n① a", "<task>a</task>"),
    *(
        "- a: 1\n",
        "  a: 1\n",
        "a,b\n1,2\n",
        '```json\n{"task": "a"}\n```\n',
        "> a\n",
        "{'a': 1},",
        "'\\'",
        ", // a\n",
        ",//",
        "<|im_",
        "{a:",
    ),
    *("<task>", "| a |", "|--|", "\nA 1: b", "The answer is "),
    *("the same words over and over ", "the same old line\n", "ab cd "),
    *("<think>", "</think>", "a </think> b ", "`</think>", "</think>\n", "<think>a</think>", "<answer>", "analysis", "assistantfinal"),
    *("<|channel|>final", "<|channel|>final<|message|>", "<|end|>", "<|im_end|>", " <|im_end|> a", "</s>", "<s>", "<|", "<bos>", "[INST]"),
    *("<|start_header_id|>", "data: {}\n", "data: ", "\u200b", "é\u200d", "\U000e0041", "\ufe0f", "\u202e", "Output: a\n", "Output:"),
)
OPENINGS = (
    "task",
    "Sure",
    "1",
    "###",
    "![",
    "```",
    "-----BEGIN PRIVATE KEY-----",
    '{"a": ',
    "“",
    "It is ",
    "- task: ",
    "id,task\n",
    "[{'task': ",
    "> ",
)
FILLERS = (" ", "\n", "a", "1", ".")


def repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


HOSTILE: dict[str, Callable[[int], str]] = {
    **{f"{piece!r} …": lambda n, piece=piece: f"x{repeated(piece, n)}~x" for piece in REPEATED},
    **{f"{piece!r} {fill!r} …": lambda n, piece=piece, fill=fill: f"{piece}{fill * n}~x" for piece, fill in product(OPENINGS, FILLERS)},
    "different words": lambda n: " ".join(f"w{k:x}" for k in range(n // 6)),
    "different addresses": lambda n: " ".join(f"https://h{k:x}.org" for k in range(n // 18)),
    "lines of a program, and others": lambda n: "".join(f"x{k:x} = {k};\nso it is {k:x}\n" for k in range(n // 30)),
    "a list that is none": lambda n: f"Here are:{repeated(chr(10) + 'a', n)}",
    "lists in lists": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "tasks in JSON, broken": lambda n: "".join(f'[{{"task": "do {k:x} "it"}},' for k in range(n // 20)),
    "texts in JSON without an end": lambda n: "[" + '{"task": "' * (n // 10),
    "tags in tags": lambda n: "<task>" * (n // 6),
    "tags of many names": lambda n: "".join(f"<t{k:x}>" for k in range(n // 6)),
    "tags closed the wrong way": lambda n: "<a>" * (n // 8) + "</b></a>" * (n // 16),
    "a table of tasks": lambda n: "| n | task |\n|---|---|\n" + "| 1 | a \\| b |\n" * (n // 14),
    "bars": lambda n: "| task |\n|-|\n" + "|" * n,
    "lists that begin again": lambda n: "".join(f"{k % 7 + 1}. do it\n" for k in range(n // 9)),
    "lists of all forms": lambda n: "".join(f"Word{k:x} {k % 99}: do it\n" for k in range(n // 16)),
    "a long number": lambda n: f"[{'1' * n}.5e-{n}]",
    "many scripts": lambda n: "".join(chr(0xA1 + 37 * k % 0xF00) for k in range(n)),
}

LOOSE = OutputConfig(max_words=MANY)
ANY = ShapeConfig(max_words=MANY, min_words=1)
PRIVACY = PrivacyFilter(PrivacyConfig(secrets=True, pii=True))
HERE = Endpoint("https://api.example/v1", "m", "KEY", "sk-canary-0123456789")
BLOT = key_blotter("bbbb00ff0f1e2d3c")
POOL = ["the same words over and over " * 300, "Write a poem about rain.", "a " * 900]
DECONTAMINATION = DecontaminationFilter(DecontaminationConfig(), [EvaluationItem("e.jsonl:1", each) for each in POOL])
EXACT, ROUGE = ExactFilter(), RougeFilter(RougeConfig())
ROUGE.index.extend(POOL)
SEEDS = [SeedTask("s1", "Write a poem about rain.", (Instance("", "Drip."),), category="writing")]
CLASSIFIER = Classifier(Taxonomy({"writing": Category(signs=("poem", "short story")), "code": Category(signs=("verb:implement",))}), SEEDS)


def candidate(given: str) -> Candidate:
    return Candidate(0, 0, Proposal(given, given, given))


def case(output: str, given: str = "") -> Case:
    return Case(f"Say it. {given}", given, output.strip(), LOOSE)


def every_rule(given: Case) -> None:
    for rule in RULES.values():
        rule(given)


def streamed(given: str) -> bytes:
    chunk = json.dumps({"choices": [{"delta": {"content": given[:8]}}]}).encode()
    raw = given.encode(errors="surrogatepass")
    return b"data: " + chunk + b"\n\ndata: %b\n" % raw + b"data: %b\n" % chunk * (len(raw) // 80)


BODIES: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda given: given.encode(errors="surrogatepass"),
    "in an answer": lambda given: json.dumps({"choices": [{"message": {"content": given}}]}).encode(),
    "streamed": streamed,
}


def read_all(sent: bytes) -> None:
    error_for(500, {}, sent, HERE)
    with suppress(TeacherError):
        read_body(sent, HERE)
    BLOT(sent)


def headers(given: str) -> None:
    quota = {f"x-ratelimit-{what}-tokens": "1" for what in ("limit", "remaining")}
    allowance({**quota, "x-ratelimit-reset-tokens": given})
    retry_after({"retry-after": given})


WORK: dict[str, Callable[[str], object]] = {
    **{f"output: {name}": lambda given, rule=rule: rule(case(given)) for name, rule in RULES.items()},
    "output: looping tail": lambda given: looping_tail(text.tokens(given)),
    "output: same line": same_line,
    "output: rules that look at input and instruction": lambda given: every_rule(case("Yes, it is so.", given)),
    "output: all": lambda given: check("Say it.", Instance("", given), LOOSE),
    **{f"shape: {rule.__name__}": lambda given, rule=rule: rule(given.strip(), ANY) for rule in shape.RULES},
    "shape: a statement": lambda given: shape.not_a_request(f"It is {given} so it is.", ANY),
    "shape: banned": lambda given: shape.banned_pattern(ANY.banned).search(given),
    "privacy": lambda given: PrivacyFilter(PrivacyConfig()).verdict(candidate(given)),
    "privacy: masking": PRIVACY.redacted,
    "decontamination": lambda given: DECONTAMINATION.verdict(candidate(given)),
    "exact": lambda given: EXACT.verdict(candidate(given)),
    "rouge": lambda given: ROUGE.verdict(candidate(given)),
    **{
        f"parse: {name}, {reader}": lambda given, parse=parse: parse(given, 9, cut=True, count=8)
        for reader, each in (("1", readers.FIRST), ("today", readers.TODAY))
        for name, parse in (("list", each.list), ("blocks", each.blocks))
    },
    "parse: list, once begun": lambda given: parse.parse_list(f"Task 9: It is.\n{given}", 9, cut=True),
    "parse: input and output": lambda given: parse.parse_input_output(f"Output: a\n{given}"),
    "parse: label and input": parse.parse_label_input,
    "parse: yes or no": parse.parse_yes_no,
    "parse: no input": parse.no_input,
    "text: clean": text.clean,
    "text: unprintable": text.first_unprintable,
    "text: visible": text.visible,
    "control: cut off": control.untokened,
    "control: leaked": control.leaked,
    "reasoning": unthought,
    "output: examples of templates": lambda given: examples([given]),
    "text: normal form": text.normal_form,
    "text: tokens": text.tokens,
    "text: words": text.word_count,
    "verbs: asks": verbs.asks,
    "traits: language": traits.language,
    "traits: complexity": lambda given: traits.complexity(given, given),
    "traits: output shape": traits.output_shape,
    "traits: all of a candidate": lambda given: describe(candidate(given), CLASSIFIER),
    **{f"wire: a text {name}": lambda given, body=body: read_all(body(given)) for name, body in BODIES.items()},
    "wire: headers": headers,
}


def seconds(work: Callable[[str], object], given: str) -> float:
    start = time.thread_time()
    work(given)
    return time.thread_time() - start


def growth(work: Callable[[str], object], make: Callable[[int], str], size: int) -> str | None:
    """What it takes on a text four times as long, and on the text, if that is more than its share; the least of several times."""
    short, long = make(size), make(4 * size)
    costs = seconds(work, long), 0.0
    for _ in range(6):
        if costs[0] <= max(FREE, MOST * costs[1]):
            return None
        costs = min(costs[0], seconds(work, long)), min(costs[1] or MANY, seconds(work, short))
    return f"{costs[0]:.3f} s, {costs[1]:.3f} s for a quarter of it"


@pytest.mark.parametrize("work", WORK)
def test_four_times_the_text_is_no_more_than_some_times_the_work(work: str) -> None:
    WORK[work]("A first time, which reads what it needs.")
    found = {name: growth(WORK[work], make, SHORT) for name, make in HOSTILE.items()}
    assert {name: costs for name, costs in found.items() if costs} == {}


def test_nor_are_many_seeds_with_one_instruction() -> None:
    assert growth(lambda given: merge(SEEDS * len(given)), lambda n: "x" * n, 10_000) is None
