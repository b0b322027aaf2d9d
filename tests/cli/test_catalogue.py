"""`observatory catalogue` tells what it changed, and an error in the file changes nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory.cli.catalogue import catalogue
from observatory.errors import BadInput
from observatory.store.opening import prepare_folder

AGENCY = '[[agency]]\nid = "labor"\nname_ko = "고용노동부"\nname_en = "Labor"\n'


def service(service_id: str, *, grade: int = 4) -> str:
    return (
        f'[[service]]\nid = "{service_id}"\nagency = "labor"\nname_ko = "이름"\nname_en = "Name"\nurl = "https://a.kr"\ngrade = {grade}\n'
    )


def run(folder: Path, *arguments: str | Path) -> Result:
    prepare_folder(folder / "data")
    return CliRunner().invoke(catalogue, [*map(str, arguments), "--data", str(folder / "data")], standalone_mode=False)


def apply(folder: Path, *services: str) -> Result:
    (folder / "town.toml").write_text(AGENCY + "".join(services), encoding="utf-8")
    return run(folder, "apply", folder / "town.toml")


def test_apply_tells_what_was_added_changed_and_removed(tmp_path: Path) -> None:
    assert apply(tmp_path, service("a"), service("b")).stdout == "added a\nadded b\n"
    again = apply(tmp_path, service("b", grade=1), service("c"))
    assert again.stdout == "added c\nchanged b\nremoved a\n"
    assert again.stderr == "2 services in the catalogue, 3 of them new, changed or removed.\n"
    assert apply(tmp_path, service("b", grade=1), service("c")).stdout == ""


def test_an_error_changes_nothing_and_names_file_and_line(tmp_path: Path) -> None:
    apply(tmp_path, service("a"))
    refused = apply(tmp_path, service("b"), service("c", grade=9))
    assert isinstance(refused.exception, BadInput)
    assert f"cannot use {tmp_path / 'town.toml'}, line 18: service 'c': grade is 9" in str(refused.exception)
    assert [shown["id"] for shown in json.loads(run(tmp_path, "show", "--json").stdout)["services"]] == ["a"]


@pytest.mark.parametrize(("content", "reason"), [(b"\xff", "byte 0 is not UTF-8"), (b"[site", "line 1")])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "town.toml").write_bytes(content)
    refused = run(tmp_path, "apply", tmp_path / "town.toml")
    assert isinstance(refused.exception, BadInput)
    assert reason in refused.exception.message


def test_show_lists_services_and_menus_frozen_ones_last(tmp_path: Path) -> None:
    apply(tmp_path, service("a"), service("b"))
    apply(tmp_path, service("b"))
    assert run(tmp_path, "show").stdout == (
        "b  Name  (labor, grade 4)\n  home  Home  *\na  Name  (labor, grade 4, removed)\n  home  Home  *\n"
    )
    shown = json.loads(run(tmp_path, "show", "--json").stdout)
    assert shown["agencies"] == [{"id": "labor", "name_ko": "고용노동부", "name_en": "Labor"}]
    assert [(one["id"], one["removed"], one["menus"][0]["id"]) for one in shown["services"]] == [("b", False, "home"), ("a", True, "home")]
