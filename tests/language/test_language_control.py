"""Control tokens of chat templates: cut off at the end, a leak within."""

import pytest

from seedgen.language.control import leaked, untokened
from seedgen.language.text import first_unprintable, visible

ENDS = (
    "<|im_end|>", "</s>", "<eos>", "<end_of_turn>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "<｜end▁of▁sentence｜>", "<|return|>",
    "[EOS]", "<eoa>", "<im_end>",
    "<|END_OF_TURN_TOKEN|>", "<|end_of_text|>", "<turn|>", "[|endofturn|]", "<|eom_id|>", "<|im_end|>\n<|endoftext|>", "<end_of_utterance>",
    "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nNo.", "<end_of_turn>\n<start_of_turn>user\nAnd now?",
    "<|im_end|>\n<|im_start|>user\nAnd now?<|im_end|>", "<｜end▁of▁sentence｜><｜User｜>And now?", "</s>[INST] And now? [/INST]",
    "<|im_start|>", "\n<|user|>", "<|eot_id|>\n\nWhat else?",
)  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_an_end_token_and_what_follows_it_is_cut_off(end: str) -> None:
    assert untokened(f"Paint it.{end}\n") == "Paint it."


@pytest.mark.parametrize(
    "end", ["<|im_end", "<|im_", "<|eot_id|", "<end_of_turn", "</s", "<｜end▁of▁sen", "\n<|endoftext", "<|im_end|>\n<|im_st"]
)
def test_an_end_token_that_is_broken_off_is_cut_off(end: str) -> None:
    assert untokened(f"Paint it.{end}") == "Paint it."


@pytest.mark.parametrize("text", ["<span>Paint it</s", "<s>Paint it</s", "let f = g <|", "if a <b", "<endless"])
def test_what_else_is_broken_off_stays(text: str) -> None:
    assert untokened(text) == text


@pytest.mark.parametrize(
    "header",
    [
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<bos>",
        "<｜Assistant｜>",
        "<start_of_turn>model\n",
        "<|start_of_role|>assistant<|end_of_role|>",
    ],
)
def test_the_header_of_a_turn_is_taken_off(header: str) -> None:
    assert untokened(f"{header}Paint it.") == "Paint it."


@pytest.mark.parametrize(
    "text",
    [
        "Explain what <|im_end|> means in a prompt.",
        "`<|endoftext|>` parts texts, and so on.",
        "It is \"</s>\", or '<eos>'.",
        "```\n<|im_start|>user\nHi<|im_end|>\n```\nThat is ChatML.",
        "The price is <s>20</s>",
        "<p>The price is <s>20</s> 10 euros</p>",
        "<|endoftext|> is the end token of GPT-2.",
        "Model the flow with [INST] as you like",
        "f <| x |> g",
        "Write <b>bold</b> and <br> and <end> here",
    ],
)
def test_what_a_text_speaks_of_stays(text: str) -> None:
    assert untokened(text) == text


@pytest.mark.parametrize(
    "text", ["a <|im_end|> b", "a<end_of_turn>b", "a<｜User｜>b", "[/INST]", "<<SYS>>", "<|reserved_special_token_0|>", "x</s>y"]
)
def test_a_token_within_is_a_leak(text: str) -> None:
    assert leaked(text)


@pytest.mark.parametrize("text", ["<s>20</s>", "a <b> c", "x <| y", "<html>", "a[0]", "<T|U>"])
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not leaked(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ex\u00adplain\u200b it\ufeff.", "Explain it."),
        ("a\u200cb\u200dc\u2060d", "abcd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀 and 🏳\ufe0f\u200d🌈 and 👩🏽\u200d💻", "👩\u200d🚀 and 🏳\ufe0f\u200d🌈 and 👩🏽\u200d💻"),
        ("ខ្ញុំ\u200bស្រលាញ់", "ខ្ញុំ\u200bស្រលាញ់"),
        ("שלום\u200f, a\u200f", "שלום\u200f, a"),
        ("می\u200c\u200c\u200c", "می\u200c"),
    ],
)
def test_what_nobody_sees_is_taken_out_where_it_means_nothing(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize("text", ["a\U000e0041b", "a\u202eb", "a\u2066b\u2069", "a\ufe01\ufe02b", "a\u2062b", "🏴" + "\U000e0041" * 40])
def test_what_hides_a_text_or_turns_it_round_is_unprintable(text: str) -> None:
    assert first_unprintable(text)


@pytest.mark.parametrize(
    "text", ["🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "❤\ufe0f", "می\u200cخواهم", "葛\U000e0100飾", "שלום\u200f!"]
)
def test_what_is_seen_in_the_end_is_printable(text: str) -> None:
    assert first_unprintable(text) is None
