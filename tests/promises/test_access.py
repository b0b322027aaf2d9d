"""Every address of the application declares who may use it, and the list here says the same."""

from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.access.rules import AccessRules
from observatory.web.context import parts_of

RULES = {
    "status_page": "everyone",
    "minute_page": "everyone",
    "api": "everyone",
    "api_docs": "everyone",
    "calendar": "everyone",
    "causes": "everyone",
    "certificates": "everyone",
    "changes": "everyone",
    "log": "everyone",
    "gate_hooks": "everyone",
    "health": "everyone",
    "metrics": "only_scrapers",
    "otlp": "only_senders",
    "access_log": "only_senders",
    "probe": "only_senders",
    "door": "everyone",
    "enrolling": "everyone",
    "single_sign_on": "everyone",
    "desk": "only_staff",
    "releases": "only_staff",
    "after_signing": "only_staff",
    "minutes": "only_staff",
    "operations": "only_staff",
    "declaring": "only_staff",
    "disputing": "only_staff",
    "answering": "only_staff",
    "scheduling": "only_staff",
    "account": "only_staff",
    "inviting": "only_administrators",
}
EXAMPLES: dict[str, str | int] = {"language": "ko", "index": 0, "number": 0}
"""Parts of addresses that cannot be just anything."""

WITHOUT_BLUEPRINT = {"static", "openapi.spec"}
"""Files of the pages, and the description of the API: both public."""


def test_every_blueprint_is_registered_with_the_rule_that_is_meant(app: APIFlask) -> None:
    assert {name: rule.name for name, rule in parts_of(app).get(AccessRules).by_blueprint.items()} == RULES


def test_every_address_belongs_to_a_blueprint_with_a_rule(app: APIFlask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - WITHOUT_BLUEPRINT
    assert {endpoint.rpartition(".")[0] for endpoint in endpoints} == set(RULES)


def test_the_rule_runs_first_before_each_view(app: APIFlask) -> None:
    for name, rule in parts_of(app).get(AccessRules).by_blueprint.items():
        assert app.before_request_funcs[name][0] is rule


def test_without_credentials_only_public_addresses_answer(client: FlaskClient, app: APIFlask) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    for address in app.url_map.iter_rules():
        blueprint = address.endpoint.rpartition(".")[0]
        if RULES.get(blueprint, "everyone") == "everyone":
            continue
        path = address.build({name: EXAMPLES.get(name, "x") for name in address.arguments}, append_unknown=False)
        assert path is not None
        for method in address.methods or ():
            if method != "OPTIONS":
                answer = client.open(path[1], method=method, environ_overrides=elsewhere)
                led_to_the_door = answer.status_code == 303 and answer.headers["Location"].startswith("/ko/desk/sign-in?")
                assert led_to_the_door or answer.status_code in (401, 403), f"{method} {path[1]} answered {answer.status_code}"
