"""Every command and example of the README, run in its order by a newcomer with an empty folder."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from observatory.decode.access_log.lines import NGINX_LOG_FORMAT
from tests.nginx import free_port, nginx_of_the_readme
from tests.servers import POLL_SECONDS, Server, environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PASSWORD = "correct horse battery staple"
NEEDS_ANOTHER_TEST = ("make run", "make test")
"""`make run` is the journey of the demonstration; `make test` is what runs this."""
ON_ANOTHER_HOST = "observatory probe-agent"
WITNESS = "observatory witness"
"""Both go on until they are told to stop."""

pytestmark = pytest.mark.network

FIGURES_SECONDS_MAX = 30.0


def blocks(language: str) -> list[str]:
    """Return the fenced examples of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


SERVE, *ALL_COMMANDS = [block for block in blocks("sh") if block.strip() not in NEEDS_ANOTHER_TEST]
COMMANDS = [block for block in ALL_COMMANDS if ON_ANOTHER_HOST not in block and WITNESS not in block]


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator["Newcomer"]:
    """Return somebody in a folder with the README's files, a server started as it says."""
    person = Newcomer(tmp_path, free_port())
    yield person
    person.server.stop()


class Newcomer:
    """Types what the README says; only the port is another."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        (folder / ".venv").symlink_to(ROOT / ".venv")
        (folder / "services.toml").write_text(blocks("toml")[0], encoding="utf-8")
        (folder / "app.py").write_text(blocks("python")[0], encoding="utf-8")
        assert SERVE.splitlines()[-1] == "observatory run --catalogue services.toml"
        self.server = Server(folder / "var", "--catalogue", folder / "services.toml", port=port)
        self.server.wait_until_ready()

    def types(self, block: str) -> str:
        """Run a block and return what it prints."""
        script = block.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        command = ["bash", "-euo", "pipefail", "-c", script]
        ended = subprocess.run(
            command, cwd=self.folder, env=environment(), input=PASSWORD + "\n", capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def types_until(self, block: str, enough: Callable[[str], bool]) -> str:
        """Run a block again until what it prints is enough: figures follow what was sent within moments."""
        deadline = time.monotonic() + FIGURES_SECONDS_MAX
        while not enough(said := self.types(block)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return said


def test_a_newcomer_sends_telemetry_signs_and_scrapes(newcomer: Newcomer) -> None:
    activate = "source .venv/bin/activate\n"

    printed = [newcomer.types(block if block.startswith(activate) else activate + block) for block in COMMANDS]
    figures = newcomer.types_until(COMMANDS[1], lambda said: json.loads(said)["requests"] > 0)

    send, _, make_place, add_executive, check_log, key, invite, frozen, gate, signed, announced, declared, scrape, backup = printed
    assert "job-portal" not in signed
    assert " 2.4.1 " in frozen
    assert gate == "deny: NO_EXECUTIVE_SIGNOFF\nkeep it back\n"
    assert not send + make_place + key
    assert (newcomer.folder / "observatory.key").stat().st_mode & 0o777 == 0o600
    assert json.loads(figures)["requests"] == 1
    assert "deputy-minister" in add_executive
    assert "otpauth://totp/" in add_executive
    assert "/ko/desk/enrol#" in invite
    assert announced.count("Server replacement") > 10
    assert "partial" in declared
    assert "1 entr" in check_log or "entries" in check_log
    made, checked, restored = backup.splitlines()
    assert (made.split(":")[0], checked.split(":")[0], restored.split(":")[0]) == ("made", "ok", "restored to restored")
    assert 'observatory_service_info{service_id="job-portal"' in scrape


def test_a_place_on_another_host_is_told_what_to_check(newcomer: Newcomer) -> None:
    (block,) = [block for block in ALL_COMMANDS if ON_ANOTHER_HOST in block]
    (make_place,) = [block for block in COMMANDS if "--vantage" in block]
    newcomer.types("source .venv/bin/activate\n" + make_place)
    told = block.replace("https://observatory.example.go.kr", f"http://127.0.0.1:{newcomer.port}").replace("/var/lib/", "spool/")
    command = ["bash", "-euo", "pipefail", "-c", "chmod 600 busan.token; source .venv/bin/activate; exec env " + told]
    with subprocess.Popen(command, cwd=newcomer.folder, env=environment(), stderr=subprocess.PIPE, text=True) as agent:
        assert agent.stderr is not None
        try:
            assert any("menus are checked from here" in line for line in agent.stderr)
        finally:
            agent.terminate()
        assert agent.wait(30) == 0


def test_a_witness_knows_the_log_by_its_published_key(newcomer: Newcomer) -> None:
    (block,) = [block for block in ALL_COMMANDS if WITNESS in block]
    with urlopen(f"http://127.0.0.1:{newcomer.port}/api/v1/log") as answer:
        told = block.replace("--log KEY", f"--log {json.load(answer)['head']['key']} --port 0").replace(
            "observatory witness ", "exec observatory witness "
        )
    command = ["bash", "-euo", "pipefail", "-c", "source .venv/bin/activate\n" + told]
    with subprocess.Popen(command, cwd=newcomer.folder, env=environment(), stdout=subprocess.PIPE, text=True) as witness:
        assert witness.stdout is not None
        try:
            assert "Witness witness.example.org+" in witness.stdout.readline()
        finally:
            witness.terminate()
        assert witness.wait(30) == 0


def test_nginx_passes_pages_on_and_keeps_the_metrics_to_itself(newcomer: Newcomer) -> None:
    with nginx_of_the_readme(newcomer.folder / "nginx", newcomer.port, also_in_http=blocks("nginx")[1]) as proxy:
        for path, status in (("/en/services/job-portal", 200), ("/metrics/services", 404), ("/metrics", 404)):
            with proxy.open("GET", path) as answer:
                assert answer.status == status


def test_the_readme_shows_the_log_format_we_read() -> None:
    assert blocks("nginx")[1].strip() == NGINX_LOG_FORMAT
