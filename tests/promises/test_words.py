"""One word, one meaning: a name that occurs twice means the same, and reserved words are what the glossary says."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.promises.test_house_style import MODULES, PACKAGE, ROOT, definitions, name_of

SAME_EVERYWHERE = {
    "backup": "a copy of a data folder",
    "catalogue": "who is observed",
    "corrections": "final minutes that an auditor lets get better",
    "declarations": "failures that were declared by those who run a service",
    "disputes": "what those who run a service say against an incident",
    "figures": "published numbers",
    "forms": "what people type at the desk, checked",
    "gate": "what opens or closes the way of a release to the public",
    "incident_updates": "what those who run a service write about a failure",
    "incidents": "failures of a service or menu",
    "json": "a format written in JSON",
    "judging": "making verdicts of minutes",
    "left_out": "records of a service that are in no figure, or came late",
    "maintenance": "work on a service that was announced",
    "minutes": "what is counted or judged of single minutes",
    "otlp": "telemetry of OpenTelemetry",
    "passkeys": "keys that prove people",
    "probe": "a check from outside",
    "prober": "what makes such checks",
    "probes": "checks from outside",
    "public_log": "the append-only log everybody can read",
    "release": "one frozen state of a service",
    "retention": "for how long what is kept",
    "scheduling": "letting what is written wait for its time",
    "schema": "tables of a format or a file",
    "senders": "who sends telemetry",
    "shared_causes": "what incidents of several services come from",
    "series": "cumulative series of metrics",
    "services": "the public services that are observed",
    "sign_in": "proving who one is",
    "sign_in_ways": "how people sign in without a passkey",
    "sealing": "writing secrets down so that a copy alone does not tell them",
    "shapes": "what is published, as programs read it",
    "signing": "taking an executive's signature",
    "signing_keys": "what the observatory signs with",
    "single_sign_on": "signing in by a provider",
    "signoff": "an executive's signed decision about a release",
    "staff": "people who may sign in",
    "staff_sessions": "who is signed in just now",
    "store": "the class behind which a file of SQLite lies",
    "tokens": "what proves a sender",
    "views": "the addresses of a surface",
    "warming": "compiling before somebody waits for it",
}
"""What a module name means that occurs in several rooms: the room says what is done with it, the name says with what."""

RESERVED = {
    "record": ("decode",),
    "minute": ("model", "rollup", "desk", "store"),
    "verdict": ("model", "judge"),
    "incident": ("model", "judge", "store"),
    "figure": ("model", "judge", "flows"),
    "window": ("model", "judge"),
    "plan": ("usability", "model", "store", "flows", "desk"),
    "task": ("usability", "model"),
    "session": ("usability", "model"),
    "run": ("usability", "model", "store", "flows", "desk", "cli"),
    "signoff": ("model", "flows", "cli"),
    "condition": ("model",),
    "release": ("model", "flows", "cli", "desk"),
    "gate": ("flows", "signoff", "publish", "cli"),
    "log": ("publish", "model"),
    "leaf": ("transparency", "signoff"),
    "checkpoint": ("transparency", "model"),
    "witness": ("transparency", "model"),
    "certificate": ("publish", "readmodel", "signoff"),
    "source": ("model",),
    "menu": ("model",),
    "coverage": ("model", "judge"),
}
"""Reserved word -> the rooms that may call a class or a module just that. With another word beside it (`StaffSession`) it is free."""

GLOSSARY = re.compile(r"^- \*\*([\w-]+)\*\*: .+", re.MULTILINE)


def word_of(name: str) -> str:
    """Return a name as it stands in RESERVED: in the singular, without capitals."""
    plain = name.lower().replace("_", "")
    return {"leaves": "leaf", "witnesses": "witness"}.get(plain, plain if plain in RESERVED else plain.removesuffix("s"))


def test_a_module_name_that_occurs_twice_means_one_thing() -> None:
    """Whoever gives a second module a name writes down what that means, and so finds out whether it is the same."""
    count = Counter(file.stem for file in MODULES if file.stem != "__init__")
    assert not [name for name, times in count.items() if times > 1 and name not in SAME_EVERYWHERE]


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_reserved_word_names_only_what_it_means(file: Path) -> None:
    """A class or a module that is called by a reserved word and nothing else stands in a room where that word means what is reserved.

    Classes of one module alone (`_Plan`) are free: nobody else reads them.
    """
    room = file.relative_to(PACKAGE).parts[0]
    classes = [node.name for node in definitions(file) if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    assert not [name for name in (file.stem, *classes) if word_of(name) in RESERVED and room not in RESERVED[word_of(name)]]


def test_the_glossary_has_every_reserved_word() -> None:
    written = {word_of(word.replace("-", "")) for word in GLOSSARY.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))}
    assert not RESERVED.keys() - written
