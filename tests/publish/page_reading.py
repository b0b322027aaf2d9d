"""A page's bytes go in; its text, links and faults, as a strict reader finds them, come out."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "input", "path", "rect", "circle", "use"})


@dataclass
class Page(HTMLParser):
    """One parsed page."""

    html: str
    text: str = ""
    links: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    attributes: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._level = 0
        self.feed(self.html)
        self.close()
        if self._open:
            self.faults.append(f"never closed: {self._open}")
        self.text = re.sub(r"\s+", " ", self.text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.attributes.append((tag, given))
        self._watch(tag, given)
        if tag == "a":
            self.links.append(given["href"])
        elif source := given.get("src") or (given.get("href", "") if tag == "link" and given.get("rel") != "alternate" else ""):
            self.sources.append(source)
        if tag not in VOID:
            self._open.append(tag)

    def _watch(self, tag: str, given: dict[str, str]) -> None:
        if bad := [name for name in given if name == "style" or name.startswith("on")]:
            self.faults.append(f"{tag} with {bad}: the policy forbids it")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"inline {tag}")
        if given.get("id", "") in self._ids:
            self.faults.append(f"id {given['id']} twice")
        self._ids |= {given["id"]} if "id" in given else set()
        if re.fullmatch("h[1-6]", tag):
            if int(tag[1]) > self._level + 1:
                self.faults.append(f"{tag} follows h{self._level}")
            self._level = int(tag[1])
        if tag == "th" and "scope" not in given:
            self.faults.append("th without scope")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag == "table" and "<caption" not in self.html:
            self.faults.append("table without caption")
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data
