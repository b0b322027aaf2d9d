"""The parts of one application, within reach of every view."""

from flask import Flask, current_app

from observatory.parts import Parts


def parts() -> Parts:
    """Return the parts of the application that serves this request."""
    return parts_of(current_app)


def parts_of(app: Flask) -> Parts:
    """Return the parts of an application."""
    found = app.extensions["observatory"]
    assert isinstance(found, Parts)
    return found
