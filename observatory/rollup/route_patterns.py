"""Compile the route patterns of menus to tests of paths."""

from collections.abc import Callable


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Return a test for a route pattern, in which `*` stands for any text and everything else for itself.

    A pattern without a leading slash means the same with one. Takes time linear in the text for each `*`.
    """
    pattern = with_slash(pattern)
    head, *middle = pattern.split("*")
    if not middle:
        return pattern.__eq__
    tail = middle.pop()

    def matches(text: str) -> bool:
        if len(text) < len(head) + len(tail) or not (text.startswith(head) and text.endswith(tail)):
            return False
        at, end = len(head), len(text) - len(tail)
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches


def with_slash(pattern: str) -> str:
    """Return a pattern as it is matched."""
    return pattern if pattern.startswith(("/", "*")) else "/" + pattern
