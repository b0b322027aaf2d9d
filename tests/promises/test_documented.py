"""Whatever has a name has a line in the documentation: settings, commands, changes."""

import ast
import importlib
import re
from pathlib import Path

import click
import pytest

from observatory import __version__
from observatory.cli import COMMANDS, observatory
from observatory.settings import PREFIX, Settings
from tests.promises.test_house_style import MODULES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING_ROW = re.compile(r"^\| `(OBSERVATORY_\w+)` \| (?:`([^`]*)`)? *\|", re.MULTILINE)

KIND = re.compile(r"(account|catalogue|key|log|method|plan|release|run|service|session|sign|token|vantage)-[a-z-]+")
"""How the kind of a log entry is written: what it is about, then what became of that."""
KIND_ROW = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def kinds_of_entries() -> set[str]:
    """Return every kind that a constant of the package names."""
    found: set[str] = set()
    for file in MODULES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and all(name.id.isupper() for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                found |= {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}
    return {value for value in found if KIND.fullmatch(value)}


def test_the_readme_lists_every_kind_of_log_entry_and_no_other() -> None:
    _, _, after = README.partition("### What stands in the log")
    assert set(KIND_ROW.findall(after.partition("\n## ")[0])) == kinds_of_entries()


def every_command() -> list[str]:
    """Return the full name of each command, groups resolved."""

    def below(group: click.Group, words: tuple[str, ...]) -> list[str]:
        names = []
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            names += below(command, (*words, name)) if isinstance(command, click.Group) else [" ".join((*words, name))]
        return names

    return below(observatory, ("observatory",))


def test_the_readme_lists_every_setting_with_its_default_and_no_other() -> None:
    listed = dict(SETTING_ROW.findall(README))
    expected = {PREFIX + name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert listed == {name: str(default).lower() if isinstance(default, bool) else str(default) for name, default in expected.items()}


@pytest.mark.parametrize("command", every_command())
def test_the_readme_shows_every_command(command: str) -> None:
    assert command in README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    command = observatory.get_command(click.Context(observatory), name)
    assert command is not None
    assert command.help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert not [option.name for option in options if not option.help]


def test_the_changelog_speaks_of_this_version() -> None:
    assert re.search(rf"^## \[(Unreleased|{re.escape(__version__)})\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


PATH = re.compile(r"`((?:observatory|tests)/[\w/.]+)`")
STORY = re.compile(r"`(\w+)\.(\w+)(?:\.(\w+))?`")


@pytest.mark.parametrize("document", ["WALK.md", "CONTRIBUTING.md", "observatory/decode/otlp/README.md"])
def test_every_file_that_is_named_exists(document: str) -> None:
    named = PATH.findall((ROOT / document).read_text(encoding="utf-8"))
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_walk_answers_what_a_newcomer_asks() -> None:
    walk = (ROOT / "WALK.md").read_text(encoding="utf-8")
    asked = ("a probe result is stored", "an incident opens", "a page is made", "a release is signed")
    assert not [question for question in asked if f"| {question} | `observatory/flows/" not in walk]


def test_the_table_of_contents_names_every_story_by_what_is_there() -> None:
    contents = ast.get_docstring(ast.parse((ROOT / "observatory/flows/__init__.py").read_text(encoding="utf-8"))) or ""
    named = STORY.findall(contents)
    for module, name, method in named:
        found = getattr(importlib.import_module(f"observatory.flows.{module}"), name)
        assert not method or hasattr(found, method)
    assert {module for module, _, _ in named} == {file.stem for file in (ROOT / "observatory/flows").glob("*.py")} - {"__init__"}
