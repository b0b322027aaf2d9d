"""How the code reads, as far as a program can tell: sizes, names, docstrings, nothing unfinished, nothing of one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "observatory"
FILE_LINES_MAX = 250
KERNEL_LINES_MAX = 350
"""Of a file of compiled code, which is one loop over a format and reads no better in pieces."""
TEST_LINES_MAX = 400
"""Of a file of tests, which is read one test at a time."""
STORY_LINES_MAX = 120
"""Of a file of `flows`, the table of contents."""
COMMANDS_LINES_MAX = 2400
"""Of all commands together: what is no command belongs to another room."""
FUNCTION_LINES_MAX = 40
VIEW_LINES_MAX = 15
ADDRESSES = frozenset({"get", "post", "put", "delete", "patch", "route"})

# Written in two pieces, so that this file may stay among those it reads.
UNFINISHED = tuple(
    a + b for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("NotImplemented", "Error"), ("Magic", "Mock"), ("unittest.", "mock"))
)
SKIPPING = tuple("pytest." + name for name in ("skip", "mark.skip", "mark.xfail", "importorskip"))
VAGUE_NAMES = frozenset({"util", "helper", "common", "base", "misc", "manager", "handler", "processor"})
WORK_DIARIES = ("summary", "notes", "progress", "todo", "implementation")
INDEX_ADDRESSES = ("index" + "-url", "pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", '"resol' + 'ved": "')
TEXT_SUFFIXES = frozenset({".py", ".toml", ".md", ".lock", ".json", ".sh", ".html", ".css", ".yml", ".conf", ".lua", ""})


def tracked_files() -> list[Path]:
    """Return every file of the checkout that is, or is about to be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


FILES = tracked_files()
PYTHON_FILES = [file for file in FILES if file.suffix == ".py"]
MODULES = [file for file in PYTHON_FILES if file.is_relative_to(PACKAGE)]
TEXTS = [file for file in FILES if file.suffix in TEXT_SUFFIXES and "vendor" not in file.parts]


def name_of(file: Path) -> str:
    """Return a file's path in the checkout, as the name of its test."""
    return file.relative_to(ROOT).as_posix()


def definitions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Yield every function and class of a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("file", PYTHON_FILES, ids=name_of)
def test_a_file_holds_one_idea_and_a_function_does_one_thing(file: Path) -> None:
    assert lines_in(file) <= lines_max(file)
    long = [node.name for node in definitions(file) if not isinstance(node, ast.ClassDef) and length(node) > FUNCTION_LINES_MAX]
    assert not long


def test_all_commands_together_stay_short() -> None:
    assert sum(lines_in(file) for file in MODULES if "cli" in file.relative_to(PACKAGE).parts) < COMMANDS_LINES_MAX


def lines_in(file: Path) -> int:
    """Return how many lines a file has."""
    return len(file.read_text(encoding="utf-8").splitlines())


def lines_max(file: Path) -> int:
    """Return how many lines a file may have."""
    if not file.is_relative_to(PACKAGE):
        return TEST_LINES_MAX
    if file.parent == PACKAGE / "flows":
        return STORY_LINES_MAX
    return KERNEL_LINES_MAX if "from observatory.kernels.compiling import" in file.read_text(encoding="utf-8") else FILE_LINES_MAX


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function takes, decorators left out."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("file", PYTHON_FILES, ids=name_of)
def test_names_say_what_a_thing_is(file: Path) -> None:
    words = {word.rstrip("s") for word in file.stem.lower().split("_")}
    assert not words & VAGUE_NAMES
    for node in definitions(file):
        if isinstance(node, ast.ClassDef):
            assert not any(node.name.lower().removesuffix("s").endswith(vague) for vague in VAGUE_NAMES - {"base"}), node.name
            assert not (node.name.startswith("Test") and file.is_relative_to(PACKAGE)), f"pytest would collect {node.name}"


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_modules_and_what_they_offer_are_described(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says what comes in and what goes out"
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]
    assert not [node.name for node in public if not (ast.get_docstring(node) or is_overload(node))]


RIDDLE = re.compile(r"\b(comes?|goes?|go|came) (in|out)\b.*\b(comes?|goes?|go|came) (in|out)\b|\bin[,;]?( [^.]*)? out[.:;,]", re.IGNORECASE)
NO_VERBS = frozenset(
    {
        "A",
        "An",
        "The",
        "What",
        "Where",
        "Who",
        "Whoever",
        "How",
        "All",
        "Every",
        "Each",
        "Both",
        "One",
        "Two",
        "When",
        "Which",
        "Nothing",
        "Whatever",
    }
)


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_is_described_by_a_plain_sentence_that_starts_with_a_verb(file: Path) -> None:
    first = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    assert not RIDDLE.search(first)
    assert re.match(r"[A-Z][a-z]+\b", first), "it starts with a word"
    assert first.split()[0] not in NO_VERBS
    assert first.endswith("."), "it is one sentence, on one line"


def is_overload(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Return whether a definition only adds a signature to the one that follows."""
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


@pytest.mark.parametrize("file", PYTHON_FILES, ids=name_of)
def test_nothing_is_unfinished_mocked_or_skipped(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [word for word in (*UNFINISHED, *SKIPPING) if word in text]


CONTAINERS = frozenset(
    {"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter", "WeakKeyDictionary", "WeakValueDictionary"}
)
CHANGES = frozenset(
    {"append", "add", "update", "pop", "popleft", "popitem", "setdefault", "clear", "extend", "insert", "remove", "discard", "appendleft"}
)


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_module_remembers(file: Path) -> None:
    """What is remembered belongs to an object that somebody made: no container of a module is changed, no name of it set again."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    containers = {name for node in tree.body for name in container_names(node)}
    changed = {name for node in ast.walk(tree) for name in changed_names(node)} & containers
    assert not changed
    assert not [node.names for node in ast.walk(tree) if isinstance(node, ast.Global)]


def container_names(node: ast.stmt) -> Iterator[str]:
    """Yield the names a statement gives to containers that can be changed."""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        value = node.value.func if isinstance(node.value, ast.Call) else node.value
        called = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
        if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp) or called in CONTAINERS:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def changed_names(node: ast.AST) -> Iterator[str]:
    """Yield the names whose content an expression or statement changes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        yield getattr(node.func.value, "id", "")
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        yield getattr(node.value, "id", "")


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_view_reads_the_request_calls_a_flow_and_renders(file: Path) -> None:
    views = [node for node in definitions(file) if isinstance(node, ast.FunctionDef) and any(map(is_address, node.decorator_list))]
    assert not [view.name for view in views if length(view) - docstring_lines(view) > VIEW_LINES_MAX]


def is_address(decorator: ast.expr) -> bool:
    """Return whether a decorator gives a function an address."""
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ADDRESSES


def docstring_lines(node: ast.FunctionDef) -> int:
    """Return how many lines the docstring of a function takes."""
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1 if ast.get_docstring(node) else 0


def test_every_package_module_is_imported_by_name_not_by_star() -> None:
    stars = [
        name_of(file)
        for file in PYTHON_FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not stars


def test_no_file_names_a_place_on_one_machine() -> None:
    places = (f"{ROOT}/", f"{ROOT.parent}/shared", f"{Path.home()}/")
    assert not [f"{name_of(file)}: {place}" for file in TEXTS for place in places if place in file.read_text(encoding="utf-8")]


def test_no_file_names_a_package_index() -> None:
    found = [f"{name_of(file)}: {address}" for file in TEXTS for address in INDEX_ADDRESSES if address in file.read_text(encoding="utf-8")]
    assert not found


def test_there_are_no_work_diaries() -> None:
    assert not [name_of(file) for file in FILES if file.suffix == ".md" and any(word in file.stem.lower() for word in WORK_DIARIES)]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_pinned_by_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [index for index, line in enumerate(lines) if line and line[0] not in " #"]
    assert pins
    assert not [lines[index] for index in pins if "==" not in lines[index] or "--hash=sha256:" not in lines[index + 1]]
