"""Make the application of its settings: the only place where parts meet. It opens stores and starts nothing."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from apiflask import APIFlask
from flask import Blueprint
from prometheus_client import CollectorRegistry

from observatory import clock
from observatory.access.people.provider import add_provider
from observatory.access.people.sealing import seal_again
from observatory.access.people.sign_in import SignInAttempts
from observatory.access.programs.senders import Senders
from observatory.access.rules import AccessRules, Rule, everyone, only_administrators, only_scrapers, only_senders, only_staff
from observatory.assembly import open_parts
from observatory.desk import minutes
from observatory.desk import sign_in as door
from observatory.desk.operations import answering, declaring, disputing, scheduling
from observatory.desk.operations import views as operations
from observatory.desk.people import enrolling, inviting, own_account, single_sign_on
from observatory.desk.releases import after_signing
from observatory.desk.releases import views as releases
from observatory.desk.signing import views as desk
from observatory.flows.signing_keys import SigningKeys
from observatory.publish import health
from observatory.publish.api import docs
from observatory.publish.api import views as api
from observatory.publish.calendar import views as calendar
from observatory.publish.causes import views as causes
from observatory.publish.certificates import views as certificates
from observatory.publish.changes import views as changes
from observatory.publish.gate import views as gate_hooks
from observatory.publish.log import views as log
from observatory.publish.metrics import views as metrics
from observatory.publish.metrics.own import RequestDurations
from observatory.publish.pages import one_minute
from observatory.publish.pages import views as status_page
from observatory.receive import access_log, otlp, probe
from observatory.receive.otlp_front import OtlpFront
from observatory.settings import Settings
from observatory.web.context import parts_of
from observatory.web.error_pages import register_error_pages
from observatory.web.forwarding import Proxies, install_forwarding
from observatory.web.gateway import Gateway
from observatory.web.language import install_language
from observatory.web.own_traces import OwnTraces, install_own_traces
from observatory.web.refusals import refusal
from observatory.web.security_headers import install_security_headers
from observatory.web.static_files import install_static_files

BODY_BYTES_HEADROOM = 2
"""! Werkzeug cuts a chunked body at its own limit and says nothing: ours, which refuses, has to come first."""


def create_app(settings: Settings, now: Callable[[], datetime] = clock.now, on_lost: Callable[[], None] = lambda: None) -> APIFlask:
    """Return the application on the data folder of `settings`, its committer not yet started.

    `on_lost` is called, on any thread, when a store can no longer be trusted; it has to end the process.
    Raises BadSettings for a folder that cannot be used.
    """
    app = APIFlask("observatory", docs_path=None, spec_path="/openapi.json")
    parts = open_parts(settings, now, on_lost)
    app.secret_key = parts.keys.secret
    app.config["MAX_CONTENT_LENGTH"] = settings.body_bytes_max * BODY_BYTES_HEADROOM
    app.extensions["observatory"] = parts
    parts.add(CollectorRegistry())
    parts.add(AccessRules())
    proxies = parts.add(Proxies(settings.proxy_networks))
    parts.add(Senders(parts.register, parts.keys, proxies))
    parts.add(SignInAttempts())
    add_provider(parts)
    seal_again(parts.register, parts.keys)
    parts.get(SigningKeys).make_first(parts.now())
    install_forwarding(app, proxies)
    install_own_traces(app, parts.add(OwnTraces()))
    install_language(app)
    install_security_headers(app)
    install_static_files(app)
    register_error_pages(app)

    for surface in (status_page, one_minute, api, docs, calendar, causes, certificates, changes, health, log):
        serve(app, surface.bp, everyone)
    serve(app, gate_hooks.bp, everyone)  # Who asks is told by the signature of each webhook.
    serve(app, metrics.bp, only_scrapers)
    serve(app, otlp.bp, only_senders)
    serve(app, access_log.bp, only_senders)
    serve(app, probe.bp, only_senders)
    for room in (door, enrolling, single_sign_on):
        serve(app, room.bp, everyone)
    for room in (desk, releases, after_signing, operations, declaring, disputing, answering, scheduling, minutes, own_account):
        serve(app, room.bp, only_staff)
    serve(app, inviting.bp, only_administrators)
    return app


def front_of(app: APIFlask) -> OtlpFront:
    """Return what the web server calls (`__rsgi__`) for every request of an application."""
    parts = parts_of(app)
    settings, proxies = parts.settings, parts.get(Proxies)
    gateway = Gateway(app, settings.threads, partial(refusal, app, proxies), lambda environ: proxies.client_of(environ).address)
    return OtlpFront(app, gateway, parts.get(RequestDurations).note)


def serve(app: APIFlask, blueprint: Blueprint, rule: Rule) -> None:
    """Register a blueprint together with who may use it; the rule runs before each of its views."""
    app.register_blueprint(blueprint)
    app.before_request_funcs.setdefault(blueprint.name, []).insert(0, rule)
    parts_of(app).get(AccessRules).by_blueprint[blueprint.name] = rule
