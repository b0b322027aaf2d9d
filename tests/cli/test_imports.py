"""`import-log` and `import-probes`: history comes in from files, once, and every line is accounted for."""

import gzip
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from observatory.cli.imports import follow, import_log, import_probes
from observatory.errors import BadInput, Conflict, ObservatoryError
from observatory.flows.catalogue import apply_catalogue
from observatory.importing.access_logs import log_name
from observatory.importing.probes import parse_interval
from observatory.model.catalogue import Catalogue
from observatory.store.opening import open_reader, open_register, open_telemetry, own_folder, prepare_folder
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_change, in_look

LINE = '198.51.100.1 - - [17/May/2015:10:{:02}:00 +0000] "GET /jobs HTTP/1.1" {} 12 "-" "Mozilla/5.0 Firefox/130.0"\n'
HEADER = "checked_at,service,state,http_status,response_ms\n"


class Folder:
    """A data folder with a catalogue, and commands on it."""

    def __init__(self, data: Path, catalogue: Catalogue) -> None:
        self.data = data
        prepare_folder(data)
        register = open_register(data)
        apply_catalogue(register, catalogue, NOW)
        register.close()
        open_telemetry(data).close()

    def log(self, *arguments: str | Path) -> dict[str, Any]:
        return self._run(import_log, *arguments)

    def probes(self, *arguments: str | Path) -> dict[str, Any]:
        return self._run(import_probes, *arguments)

    def _run(self, command: click.Command, *arguments: str | Path) -> dict[str, Any]:
        result = CliRunner().invoke(command, [*map(str, arguments), "--json", "--data", str(self.data)], catch_exceptions=True)
        if result.exception is not None:
            raise result.exception
        summary: dict[str, Any] = json.loads(result.stdout)
        return summary

    def catalogue(self) -> Catalogue:
        register = open_register(self.data)
        try:
            return register.catalogue()
        finally:
            register.close()

    def totals(self) -> dict[str, int]:
        """Return how many requests or checks are stored by service."""
        reader = open_reader(self.data)
        try:
            rows = reader.request_totals()
        finally:
            reader.close()
        counts = {service.id: sum(row[3] for row in rows if row[0] == service.index) for service in self.catalogue().services}
        return {service_id: count for service_id, count in counts.items() if count}

    def unjudged(self) -> int:
        reader = open_reader(self.data)
        try:
            return len(reader.unjudged())
        finally:
            reader.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data", a_catalogue())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text(LINE.format(1, 200) + LINE.format(2, 500) + "nonsense\n" + LINE.format(3, 404))
    return path


def test_a_log_is_imported_and_every_line_accounted_for(folder: Folder, log: Path) -> None:
    summary = folder.log(log)
    [(reason, refused)] = summary["refused"].items()
    assert (summary["lines_read"], summary["stored"], summary["already_imported"]) == (4, 3, 0)
    assert refused == {"count": 1, "first": f"{log}:3"}, reason
    assert summary["kinds"] == {"200": 1, "404": 1, "500": 1}
    assert folder.totals() == {"job-portal": 3}


def test_what_was_imported_is_judged(folder: Folder, log: Path) -> None:
    folder.log(log)
    assert folder.unjudged() == 0


def test_a_second_run_imports_nothing_twice(folder: Folder, log: Path) -> None:
    folder.log(log)
    summary = folder.log(log)
    assert (summary["lines_read"], summary["stored"], summary["already_imported"]) == (0, 0, 4)
    assert folder.totals() == {"job-portal": 3}


def test_a_log_that_grew_goes_on_and_a_line_being_written_waits(folder: Folder, log: Path) -> None:
    folder.log(log)
    with log.open("a") as file:
        file.write(LINE.format(4, 200) + LINE.format(5, 200)[:30])
    summary = folder.log(log)
    assert (summary["stored"], summary["waiting"]) == (1, 1)
    with log.open("a") as file:
        file.write(LINE.format(5, 200)[30:])
    assert folder.log(log)["stored"] == 1
    assert folder.totals() == {"job-portal": 5}


def test_the_number_of_a_refused_line_is_that_of_the_file(folder: Folder, log: Path) -> None:
    folder.log(log)
    with log.open("a") as file:
        file.write(LINE.format(4, 200) + "nonsense too\n")
    [refused] = folder.log(log)["refused"].values()
    assert refused["first"] == f"{log}:6"


def test_several_files_are_one_import(folder: Folder, log: Path, tmp_path: Path) -> None:
    older = tmp_path / "access.log.1"
    older.write_text(LINE.format(30, 200))
    assert folder.log(older, log)["stored"] == 4


def test_the_real_log_has_the_counts_it_is_known_for(folder: Folder, shared_data: Path) -> None:
    summary = folder.log(shared_data / "access_combined_2015.log")
    assert summary["kinds"] == {"200": 9126, "301": 164, "206": 45, "304": 445, "403": 2, "404": 213, "416": 2, "500": 3}
    assert (summary["lines_read"], summary["stored"], summary["refused"]) == (10_000, 10_000, {})
    assert folder.totals() == {"job-portal": 10_000 - summary["excluded"]}


def test_the_summary_reads_as_a_table(folder: Folder, log: Path) -> None:
    result = CliRunner().invoke(import_log, [str(log), "--data", str(folder.data)])
    table = dict(line.split("  ", 1) for line in result.stdout.splitlines())
    assert table["stored"].strip() == "3"
    assert table["status 4xx"].strip() == "1 (404: 1)"
    assert any(name.startswith("refused") and value.strip() == f"1 (first: {log}:3)" for name, value in table.items())


def refusal(folder: Folder, *arguments: str | Path) -> ObservatoryError:
    with pytest.raises(ObservatoryError) as caught:
        folder.log(*arguments)
    return caught.value


def test_without_a_service_the_choice_is_named(tmp_path: Path, log: Path) -> None:
    folder = Folder(tmp_path / "data", a_catalogue(a_service("job-portal"), a_service("pensions")))
    assert "--service" in refusal(folder, log).hint
    assert "job-portal, pensions" in refusal(folder, log).hint
    assert folder.log(log, "--service", "pensions")["stored"] == 3


def test_without_any_service_the_way_to_one_is_named(tmp_path: Path, log: Path) -> None:
    hint = refusal(Folder(tmp_path / "data", Catalogue()), log).hint
    assert "catalogue apply" in hint
    assert "--register" in hint


def test_a_log_is_tried_at_once_by_registering_its_service(tmp_path: Path, log: Path) -> None:
    folder = Folder(tmp_path / "data", Catalogue())
    rotated = tmp_path / "access.log.2.gz"
    rotated.write_bytes(gzip.compress(LINE.format(9, 200).encode()))
    assert folder.log(log, rotated, "--register", "labor")["stored"] == 4
    assert folder.log(log, rotated, "--register", "labor")["already_imported"] == 5
    assert folder.totals() == {"access": 4}
    assert [service.agency_id for service in folder.catalogue().services] == ["labor"]


def test_a_registered_service_may_be_named(folder: Folder, log: Path) -> None:
    assert folder.log(log, "--register", "labor", "--service", "pensions")["stored"] == 3
    assert folder.log(log, "--register", "labor", "--service", "job-portal")["stored"] == 3
    assert folder.totals() == {"job-portal": 3, "pensions": 3}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("access.log", "access"),
        ("portal-access.log.12.gz", "portal-access"),
        ("portal.log-20261120.gz", "portal"),
        ("jobs.example.go.kr-access.log", "jobs.example.go.kr-access"),
        ("access_combined_2015.log", "access_combined_2015"),
        (".log", ".log"),
    ],
)
def test_a_log_is_called_what_rotation_left(name: str, expected: str) -> None:
    assert log_name(Path(name)) == expected


def test_a_compressed_log_is_imported_and_is_the_log_it_was(folder: Folder, log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "access.log.1.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert folder.log(packed)["stored"] == 3
    assert folder.log(log)["already_imported"] == 4


@pytest.mark.parametrize("arguments", [("--service", "nobody"), ("--format", "w3c")])
def test_an_unknown_service_or_format_is_refused(folder: Folder, log: Path, arguments: tuple[str, str]) -> None:
    assert isinstance(refusal(folder, log, *arguments), BadInput)
    assert folder.totals() == {}


@pytest.mark.parametrize("arguments", [("--service", "nobody"), ("--format", "w3c")])
def test_a_log_of_nobody_or_in_no_format_is_not_followed(folder: Folder, log: Path, arguments: tuple[str, str]) -> None:
    result = CliRunner().invoke(follow, [str(log), "--data", str(folder.data), *arguments])
    assert isinstance(result.exception, BadInput)
    assert arguments[1] in result.exception.message


def test_a_missing_file_keeps_the_others_out(folder: Folder, log: Path, tmp_path: Path) -> None:
    assert "nowhere.log" in refusal(folder, log, tmp_path / "nowhere.log").message
    assert folder.totals() == {}


def test_a_folder_in_use_by_somebody_who_does_not_listen_is_refused(folder: Folder, log: Path) -> None:
    lock = own_folder(folder.data)
    try:
        assert isinstance(refusal(folder, log), Conflict)
    finally:
        lock.release()


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "checks.csv"
    path.write_text(header + "".join(rows))
    return path


def test_checks_are_imported_by_id_or_name(folder: Folder, tmp_path: Path) -> None:
    rows = [f"2026-11-01T00:0{n}:00Z,{name},{state},200,{100 * n}\n" for n, (name, state) in enumerate(CHECKS)]
    summary = folder.probes(table(tmp_path, *rows, "2026-11-01,job-portal,up,200,1\n"))
    assert (summary["lines_read"], summary["stored"], summary["kinds"]) == (4, 3, {"down": 1, "up": 2})
    [refused] = summary["refused"].values()
    assert refused["first"].endswith("checks.csv:5")
    assert folder.totals() == {"job-portal": 3}


CHECKS = [("job-portal", "up"), ("job-portal service", "down"), ("job-portal 서비스", "up")]


def test_a_last_check_without_its_line_end_is_taken(folder: Folder, tmp_path: Path) -> None:
    assert folder.probes(table(tmp_path, "2026-11-01T00:00:00Z,job-portal,up,200,10"))["stored"] == 1


def test_unknown_names_are_all_listed_and_nothing_is_stored(folder: Folder, tmp_path: Path) -> None:
    rows = [f"2026-11-01T00:00:00Z,{name},up,200,10\n" for name in ("job-portal", "Alpha", "Beta", "Alpha")]
    with pytest.raises(BadInput, match="Alpha") as caught:
        folder.probes(table(tmp_path, *rows))
    assert "Beta" in caught.value.message
    assert "--register" in caught.value.hint
    assert folder.totals() == {}


def test_unknown_names_are_registered_when_asked(folder: Folder, tmp_path: Path) -> None:
    rows = [f"2026-11-01T00:00:00Z,{name},up,200,10\n" for name in ("job-portal", "Alpha One", "⛰️ Alpha One")]
    assert folder.probes(table(tmp_path, *rows), "--register", "curc")["stored"] == 3
    assert folder.totals() == {"job-portal": 1, "alpha-one": 1, "alpha-one-2": 1}
    made = folder.catalogue().service("alpha-one-2")
    assert made is not None
    assert (made.agency_id, made.name.ko) == ("curc", "⛰️ Alpha One")


def test_a_second_run_registers_and_imports_nothing_twice(folder: Folder, tmp_path: Path) -> None:
    path = table(tmp_path, *(f"2026-11-01T00:0{n}:00Z,Alpha,up,200,10\n" for n in range(3)))
    folder.probes(path, "--register", "curc")
    summary = folder.probes(path, "--register", "curc")
    assert (summary["stored"], summary["already_imported"]) == (0, 3)
    assert folder.totals() == {"alpha": 3}


def test_the_declared_interval_is_kept_for_every_series(folder: Folder, tmp_path: Path) -> None:
    folder.probes(table(tmp_path, "2026-11-01T00:00:00Z,job-portal,up,200,10\n"), "--interval", "100m", "--vantage", "upptime")
    service = folder.catalogue().services[0]
    register = open_register(folder.data)
    [series] = in_look(register).probes.series(service.index)
    source = in_change(register).probes.add_vantage("upptime")
    register.close()
    assert (series.menu, series.source, series.interval_s) == (service.menus[0].index, source, 6000)


@pytest.mark.parametrize(
    ("header", "rows"),
    [("when,who\n", ["1,2\n"]), ("", []), (HEADER.rstrip(), []), (HEADER, ['2026-11-01T00:00:00Z,"job-portal,up,200,1\n'])],
)
def test_a_table_that_cannot_be_read_is_refused(folder: Folder, tmp_path: Path, header: str, rows: list[str]) -> None:
    with pytest.raises(BadInput):
        folder.probes(table(tmp_path, *rows, header=header))
    assert folder.totals() == {}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("100m", 6000), ("2h", 7200), ("24h", 86_400)])
def test_intervals_are_read(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "100", "5s", "25h", "1d", "-5m", "1.5h", "٣m", "9999999s"])
def test_other_intervals_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_interval(text)


def test_real_checks_are_all_imported(folder: Folder, shared_data: Path) -> None:
    path = shared_data / "probe_checks_curc.csv"
    summary = folder.probes(path, "--interval", "100m", "--register", "curc")
    assert (summary["lines_read"], summary["stored"], summary["refused"]) == (13_617, 13_617, {})
    assert summary["kinds"] == {"down": 746, "up": 12_871}
    assert sum(folder.totals().values()) == 13_617
