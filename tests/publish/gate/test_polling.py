"""Pipelines that fetch the answer themselves: Azure's "Invoke REST API" and Argo Rollouts, as they are set up in the README."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.web.context import parts_of
from tests.builders import a_catalogue, a_service
from tests.signed_log import BEGIN, DIGEST, SERVICE, WrittenLog

ROOT = Path(__file__).parents[3]
AZURE = json.loads((Path(__file__).parent / "azure.json").read_text(encoding="utf-8"))
ARGO = (ROOT / "deploy/argo-analysis-template.yaml").read_text(encoding="utf-8")


def keep(app: APIFlask, *, signed: bool) -> None:
    log = WrittenLog.with_people()
    log.freeze()
    if signed:
        log.sign()
    apply_catalogue(parts_of(app).register, a_catalogue(a_service()), BEGIN)
    log.keep_in(parts_of(app).register)


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_azure_is_told_by_status_and_criterion_alike(app: APIFlask, decision: str) -> None:
    keep(app, signed=decision == "allow")

    response = app.test_client().get(AZURE["inputs"]["urlSuffix"].replace("sha256:DIGEST", DIGEST))
    assert {"status": response.status_code, "body": response.json} == AZURE[decision]
    assert AZURE["inputs"]["successCriteria"] == "eq(root['decision'], 'allow')"
    assert (response.json["decision"] == "allow") == (response.status_code == 200)


def condition(name: str) -> tuple[tuple[str, str, str], ...]:
    """Return the comparisons of a condition of the template: key, operator, value."""
    found = re.search(rf"{name}: (.+)", ARGO)
    assert found is not None
    return tuple(re.findall(r'result\.(\w+) (==|!=) "([^"]*)"', found[1].replace("{{args.digest}}", DIGEST)))


@pytest.mark.parametrize("signed", [True, False])
def test_argo_promotes_what_is_allowed_and_nothing_else(app: APIFlask, signed: bool) -> None:
    keep(app, signed=signed)
    found = re.search(r'url: "([^"]+)"', ARGO)
    assert found is not None
    url = urlsplit(
        found[1].replace("{{args.service}}", SERVICE).replace("{{args.digest}}", DIGEST).replace("{{args.environment}}", "production")
    )

    result = app.test_client().get(f"{url.path}?{url.query}").json

    holds = {
        name: all((result[key] == value) == (sign == "==") for key, sign, value in condition(name))
        for name in ("successCondition", "failureCondition")
    }
    assert holds == {"successCondition": signed, "failureCondition": not signed}
    assert 'jsonPath: "{$}"' in ARGO


def test_the_readme_says_how_to_set_each_of_them_up() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [
        word
        for word in ("deploy/argo-analysis-template.yaml", "/gate/github", "/gate/gitlab", AZURE["inputs"]["successCriteria"])
        if word not in readme
    ]
