"""Reach the parts of an application from whatever serves a request."""

from typing import TypeVar

from flask import current_app
from flask.sansio.app import App

from observatory.parts import Parts
from observatory.readmodel.summary import Summary

T = TypeVar("T")


def parts() -> Parts:
    """Return the parts of the application that serves this request."""
    return parts_of(current_app)


def part(kind: type[T]) -> T:
    """Return the part of that type of the application that serves this request."""
    return parts().get(kind)


def parts_of(app: App) -> Parts:
    """Return the parts of an application."""
    found = app.extensions["observatory"]
    assert isinstance(found, Parts)
    return found


def summary() -> Summary:
    """Return the read model of the application that serves this request."""
    return part(Summary)
