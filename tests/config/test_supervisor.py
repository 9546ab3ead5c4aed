"""`up`: one command that starts everything, watches it, and ends without leaving a process."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from config.engines.servers import FAST_STOP_SECONDS
from config.supervisor.launch import sandbox, sandbox_beside
from config.supervisor.tree import (
    OWN_PORTS,
    STOP_WITHIN_SECONDS,
    PortTaken,
    Program,
    Tree,
    answers,
    free_ports,
    listens,
    refuse_taken,
)
from tests.ports import free_pair, free_port, share
from tests.waiting import PATIENCE_SECONDS, alive, until

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
ROOT = Path(__file__).parents[2]
KILLED_AT_ITS_FIRST_BYTE = """
import resource, signal, sys
from pathlib import Path
from config.supervisor.launch import sandbox
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sandbox(Path(sys.argv[1]), sandbox_port=1)
"""


def descendants(pid: int) -> set[int]:
    """Every process below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit():
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(stat[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="teleconseil-up-"))
    path.chmod(0o755)
    yield path / "data"
    shutil.rmtree(path)


@contextmanager
def up(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`teleconseil up` without demonstration people, in a folder of its own, for a while."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not re.match("DATABASE_|KEYS_|REDIS_|STATE_|LOG_|SECRET_|MASTER_|SIGNER_", name)
    }
    with subprocess.Popen(
        [sys.executable, "-m", "config", "up", "--no-demo", "--port", str(port),
         "--data", str(data)],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as service:  # fmt: skip
        try:
            yield service
        finally:
            service.kill()


def told(service: subprocess.Popen[str], words: str) -> list[str]:
    """Reads its output up to a line with these words."""
    assert service.stdout
    lines = []
    for line in service.stdout:
        lines.append(line)
        if words in line:
            return lines
    pytest.fail("".join(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_starts_everything_and_stops_everything(data, number):
    port, sandbox_port = free_pair()
    with up(data, port) as service:
        told(service, "Ctrl-C stops everything")
        until(lambda: answers(port) and listens(sandbox_port))
        beside = sandbox_beside({"STATE_DIR": str(data / "state")})
        assert beside["STRIPE_API_BASE"] == f"http://127.0.0.1:{sandbox_port}"
        own = {"STATE_DIR": str(data / "state"), "STRIPE_PLATFORM_KEY": "sk_test_own"}
        assert sandbox_beside(own) == {}
        started = descendants(service.pid)
        keeper = int((data / "state" / "keeper.lock").read_text())
        started |= {keeper} | descendants(keeper)
        assert len(started) >= 8
        service.send_signal(number)
        output = service.communicate(timeout=PATIENCE_SECONDS)[0]
        assert service.returncode == 0
        assert output.endswith("Stopped.\n")  # on a busy machine, after naming who was killed
        until(lambda: not alive(started))
    assert sandbox_beside({"STATE_DIR": str(data / "state")}) == {}  # it listens no more


def test_killing_up_leaves_no_process(data):
    port, _ = free_pair()
    with up(data, port) as service:
        told(service, "Ctrl-C stops everything")
        keeper = int((data / "state" / "keeper.lock").read_text())
        started = descendants(service.pid) | {keeper} | descendants(keeper)
        service.kill()
        service.communicate()
    until(lambda: not alive(started))


def test_a_secret_is_whole_though_the_first_attempt_at_it_was_killed(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED_AT_ITS_FIRST_BYTE, tmp_path], cwd=ROOT)
    assert killed.returncode == -signal.SIGXFSZ
    made = sandbox(tmp_path, sandbox_port=1)
    secrets = [made[name] for name in made if name != "STRIPE_API_BASE"]
    assert [len(word.rpartition("_")[2]) for word in secrets] == [32, 32, 32]
    assert sandbox(tmp_path, sandbox_port=1) == made


def test_a_secret_that_was_left_empty_is_made_anew(tmp_path):
    (tmp_path / "webhook_platform").touch()
    made = sandbox(tmp_path, sandbox_port=1)
    assert len(made["STRIPE_WEBHOOK_SECRET_PLATFORM"]) == len("whsec_") + 32
    assert sandbox(tmp_path, sandbox_port=1) == made


def test_what_a_stop_may_take_adds_up_to_five_seconds():
    assert STOP_WITHIN_SECONDS + FAST_STOP_SECONDS <= 4.5


def test_a_taken_port_is_said_with_the_option_that_changes_it(data):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with up(data, port) as service:
            output = service.communicate(timeout=PATIENCE_SECONDS)[0]
        assert service.returncode == 1
        assert output == (
            f"CommandError: port {port} is taken by another program: choose another with --port\n"
        )
        with pytest.raises(PortTaken, match="--sandbox-port"):
            refuse_taken(port, "--sandbox-port")


def test_a_number_that_is_no_port_is_refused():
    with pytest.raises(PortTaken, match="99999 is no port"):
        refuse_taken(99999, "--port")


def test_ports_are_drawn_once_and_only_when_they_are_free():
    drawn = []
    with socket.socket() as other:
        taken = free_port()
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(PortTaken, match="no port from"):
            for port in free_ports(range(taken - 20, taken + 20)):
                drawn.append(port)
    assert drawn and len(set(drawn)) == len(drawn) and taken not in drawn


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_tests_of_two_workers_never_share_a_port_nor_its_neighbour(workers):
    drawn = [port for one in range(workers) for port in share(one, workers)]
    both = [*drawn, *(port + 1 for port in drawn)]
    assert sorted(both) == list(OWN_PORTS)


@pytest.fixture
def tree(database, tmp_path) -> Iterator[Tree]:
    """A web server and a payment sandbox, watched."""
    port, money = free_port(), free_port()
    environ = {**os.environ, "STRIPE_PLATFORM_KEY": "sk_test_1", "STRIPE_API_BASE": (
        f"http://127.0.0.1:{money}"
    )}  # fmt: skip
    made = Tree(
        [
            Program("sandbox", ("--port", str(money), "--state", str(tmp_path / "sandbox"))),
            Program("web", ("--port", str(port), "--drain", str(PATIENCE_SECONDS))),
        ],
        environ,
        tmp_path / "reports",
        print,
    )
    made.start()
    try:
        made.wait_until(lambda: answers(port) and listens(money), within=PATIENCE_SECONDS)
        yield made
    finally:
        made.stop()


def port_of(program: Program) -> int:
    return int(program.arguments[program.arguments.index("--port") + 1])


def test_a_program_that_dies_is_started_again_and_the_death_is_said(tree):
    web, said = tree.programs[1], []
    tree.say = said.append
    os.kill(web.child.pid, signal.SIGKILL)
    web.child.wait()
    until(lambda: tree.check() or answers(port_of(web)))
    assert said[0].startswith("web ended (SIGKILL); starting again in 0.5 s, see ")


def test_programs_know_no_more_than_they_need(tree):
    for program in tree.programs:
        known = Path(f"/proc/{program.child.pid}/environ").read_text()
        assert "DATABASE_URL=" in known
        for secret in ("DATABASE_OWNER_URL", "KEYS_OWNER_URL", "DATABASE_SEQUENCER_URL"):
            assert secret not in known


def test_told_to_stop_the_web_server_finishes_requests_and_exits_with_zero(tree):
    web = tree.programs[1]
    line = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=PATIENCE_SECONDS)
    line.putrequest("POST", "/langue/")
    line.putheader("Content-Length", "2")
    line.putheader("Expect", "100-continue")
    line.endheaders()
    assert line.sock.recv(len(GO_ON)) == GO_ON  # the server has begun on it
    line.send(b"a")
    web.child.send_signal(signal.SIGTERM)
    until(lambda: not listens(port_of(web)))
    assert web.alive
    line.send(b"b")
    assert line.getresponse().status == 403  # an answer, though a refusal: no CSRF token
    line.close()
    assert web.child.wait(PATIENCE_SECONDS) == 0


def test_told_to_stop_the_web_server_is_not_kept_by_a_socket(tree):
    web = tree.programs[1]
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=PATIENCE_SECONDS) as line:
        line.sendall(
            b"GET /ws/none/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        web.child.send_signal(signal.SIGTERM)
        assert web.child.wait(PATIENCE_SECONDS) == 0
    assert "unfinished" not in tree.report_of(web).read_text()


def test_a_program_that_cannot_start_is_named_with_its_report(database, tmp_path):
    tree = Tree([Program("web", ("--port", "none"))], dict(os.environ), tmp_path, print)
    tree.start()
    try:
        with pytest.raises(Exception, match=r"web does not start: .*invalid int value"):
            tree.wait_until(lambda: False, within=PATIENCE_SECONDS)
    finally:
        tree.stop()


def test_the_whole_service_runs_on_a_tests_own_databases(live_service):
    until(lambda: answers(int(live_service.url.rpartition(":")[2])))
    assert {program.name for program in live_service.tree.programs} == {
        "sandbox", "signer", "sequencer", "worker", "web",
    }  # fmt: skip
    assert all(program.alive for program in live_service.tree.programs)
