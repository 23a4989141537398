"""Keys and passwords pasted where a name or an address belongs: refused, and shown nowhere."""

from __future__ import annotations

import inspect
import json
import pydoc
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seedgen
from seedgen.config.layers import Flags, load_config
from seedgen.config.model import TeacherConfig, parse_config, stored_config
from seedgen.config.secrets import fault_of
from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig

KEYS = [
    "sk-proj-Zk3vQm8wT1xY5rB7nD2j", "sk-ant-api03-Zk3vQm8wT1xY5", "gsk_Zk3vQm8wT1xY5rB7nD2jZk3vQm8w", "hf_ZkvQmwTxYrBnDjZkvQmwTxYrBnDj",
    "AIzaSyZk3vQm8wT1xY5rB7nD2jZk3vQm8wT1xY5", "xai-Zk3vQm8wT1xY5rB7", "AKIAZ3K7QM8WT1XY5RB7", "Zk3vQm8wT1xY5rB7nD2jZk3vQm8wT1xY",
    "0123456789abcdef0123456789abcdef", "my-key", "A KEY", "ключ",
]  # fmt: skip
SECRET = "Zk3vQm8wT1xY5"  # noqa: S105 - made up
PASTED: list[dict[str, Any]] = [
    {"teachers": {"main": {"kind": "openai", "base_url": f"https://me:{SECRET}@host/v1"}}},
    {"teachers": {"main": {"kind": "openai", "base_url": f"https://{SECRET}@host/v1"}}},
    {"teachers": {"main": {"kind": "openai", "base_url": f"https://host/v1?api_key={SECRET}"}}},
    {"teachers": {"main": {"kind": "openai", "model": f"sk-{SECRET}"}}},
    {"teachers": {"main": {"kind": f"sk-{SECRET}"}}},
    {"teachers": {"main": {"api_key_env": f"sk-{SECRET}"}}},
    {"gate": {"semantic": {"base_url": f"http://me:{SECRET}@host/v1"}}},
    {"gate": {"semantic": {"api_key_env": SECRET}}},
    {"gate": {"semantic": {"model": f"https://me:{SECRET}@hub/model"}}},
    {"gate": {"decontamination": {"files": [f"https://host/a.jsonl?token={SECRET}"]}}},
    {"seeds": [f"s3://me:{SECRET}@bucket/seeds"]},
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_where_the_name_of_its_variable_belongs_is_refused(key: str) -> None:
    assert "name of an environment variable" in fault_of("api_key_env", key)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "KEY", "", "_KEY2", "AZURE_OPENAI_API_KEY_EASTUS2", "HF_TOKEN"])
def test_a_name_is_a_name(name: str) -> None:
    assert fault_of("api_key_env", name) == ""


@pytest.mark.parametrize(
    "value",
    ["https://x.openai.azure.com/openai?api-version=2024-06-01", "a@b", "sentence-transformers/all-MiniLM-L6-v2",
     "/home/me/task-for-everybody-0123456789.jsonl", "meta-llama/Llama-3.3-70B-Instruct", "gpt-4.1-mini", "risk-0123456789abcdef"],
)  # fmt: skip
def test_what_is_no_secret_is_left_alone(value: str) -> None:
    assert fault_of("base_url", value) == ""


@pytest.mark.parametrize("data", PASTED, ids=str)
def test_no_error_repeats_what_it_refuses(data: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="not shown") as caught:
        parse_config(data, "job.toml")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "make", [lambda: TeacherConfig(api_key_env=f"sk-{SECRET}"), lambda: SemanticConfig(base_url=f"http://a:{SECRET}@h")]
)
def test_nor_does_one_of_python(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="not shown") as caught:
        make()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_it_is_told_where_the_secret_stands(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(f'[gate.semantic]\nbase_url = "http://a:{SECRET}@h/v1"')
    with pytest.raises(UsageError, match=r"job\.toml: gate\.semantic\.base_url: holds"):
        load_config(tmp_path / "job.toml", Flags(), {})
    with pytest.raises(UsageError, match=r"^--set: teachers\.main\.api_key_env: takes"):
        load_config(None, Flags(assignments=[f"teachers.main.api_key_env=sk-{SECRET}"]), {})
    with pytest.raises(UsageError, match=r"^--set: \(not shown"):
        load_config(None, Flags(assignments=[f"sk-{SECRET}"]), {})


def test_help_and_signatures_show_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    public = [getattr(seedgen, name) for name in seedgen.PUBLIC]
    told = [pydoc.render_doc(each) for each in public] + [str(inspect.signature(each)) for each in public if callable(each)]
    assert not [text for text in told if SECRET in text or "environ(" in text]


def test_no_default_of_any_function_is_the_environment() -> None:
    source = Path(seedgen.__file__).parent
    assert not [path for path in source.rglob("*.py") if "= os.environ," in path.read_text() or "= os.environ)" in path.read_text()]


def test_a_name_in_another_encoding_is_refused_before_anything_is_written() -> None:
    with pytest.raises(UsageError, match="another encoding than UTF-8"):
        parse_config({"seeds": ["/data/caf\udce9.jsonl"]}, "job.toml")


def test_what_an_earlier_version_let_in_a_run_goes_on_with_but_nothing_new_like_it() -> None:
    kept = json.dumps({"teachers": {"main": {"kind": "openai", "api_key_env": "my_key", "base_url": "http://h/v1?key=x"}}})
    assert stored_config(kept, "run old", {"target": 5}).teachers["main"].api_key_env == "my_key"
    with pytest.raises(UsageError, match=r"^run old: teachers\.main\.api_key_env: takes"):
        stored_config(kept, "run old", {"teachers.main.api_key_env": f"sk-{SECRET}"})
