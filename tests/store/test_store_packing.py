import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgen.inputs.bundled import bundled
from seedgen.store.sqlite.packing import Packing

SOURCES = {"classify": 'Can "this" be classified?\n\nTask: {{ instruction }}\nAnswer:\n' * 9, "respond": "Answer the task — as you can.\n"}


@given(st.binary(), st.sampled_from(["classify", "respond", "no template of the run"]))
def test_what_is_packed_is_unpacked(data: bytes, template: str) -> None:
    packing = Packing(SOURCES)
    assert packing.unpack(packing.pack(data, template)) == data


def test_a_request_that_is_mostly_its_template_takes_little() -> None:
    name = "self-instruct-classify"
    packing = Packing({name: source(name)})
    content = source(name).partition("#}\n")[2].replace("{{ instruction }}", "Name three rivers of Asia.")
    request = json.dumps({"max_tokens": 8, "messages": [{"content": content, "role": "user"}], "model": "m"}).encode()
    assert len(packing.pack(request, name)) < len(zlib.compress(request)) / 3


def packing_text(name: str) -> str:
    return (bundled("prompts") / f"{name}.jinja").read_text("utf-8").partition("#}\n")[2]


def source(name: str) -> str:
    return (bundled("prompts") / f"{name}.jinja").read_text("utf-8")


def test_what_was_packed_without_a_dictionary_is_read_too() -> None:
    assert Packing(SOURCES).unpack(zlib.compress(b"as it was")) == b"as it was"


@pytest.mark.parametrize("sources", [{}, {"classify": "Another text."}])
def test_a_request_of_a_template_that_is_not_there_cannot_be_read(sources: dict[str, str]) -> None:
    with pytest.raises(zlib.error):
        Packing(sources).unpack(Packing(SOURCES).pack(b"asked", "classify"))


@pytest.mark.parametrize("kept", range(12))
def test_a_stream_that_was_cut_is_not_read_in_part(kept: int) -> None:
    packing = Packing(SOURCES)
    with pytest.raises(zlib.error):
        packing.unpack(packing.pack(b"asked", "respond")[:kept])
