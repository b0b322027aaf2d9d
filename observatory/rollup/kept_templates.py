"""Return what may be kept of a template, by the words of its service's catalogue.

`decode.redaction` sees the shape of a segment only, and a name has the shape of a word: /mypage/홍길동, /users/honggildong, a
session id of letters. So before a template leaves memory, each segment has to be known: a segment of the catalogue's routes, or
made of WORDS that sites in general are made of. Any other becomes `{text}`; the owner of a service who wants to read it adds
the route to the catalogue. Menus are matched before that, on the whole template.

! Nothing is learned from traffic. Who a client is is not read, so a name that one person asks for every day cannot be told from
a page that many ask for.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

UNKNOWN = "{text}"
REMEMBERED_MAX = 8192
"""Pairs of a template and a catalogue's words whose result is remembered."""

WORDS = frozenset(
    """
    about access account accounts action actions activity add address addresses admin agencies agency agree agreement ajax alarm alert
    alerts all and answer any api apis app application applications apply apps archive archives article articles as asset
    assets at attachment attachments auth authorize autocomplete back banner banners basket batch benefit benefits blog
    board boards bookmark bookmarks browse bulk bundle business by calendar callback captcha cart catalog catalogue
    categories category center centre certificate certificates certification change chart charts chat check checkout child
    choice citizen citizens city civil claim claims client close cms code codes comment comments common company complaint
    complaints complete component components condition conditions config configuration confirm confirmation contact
    contacts content contents controller cookie cookies copy counsel counseling count create csrf css current customer
    dashboard data date day days default delete department departments desk detail details device devices dialog directory
    display district doc docs document documents download downloads draft edit education email employment end entry error
    errors event events example excel exception exchange export external facilities facility family faq faqs favicon
    favorite favorites fee feed feedback feeds fees field file files filter find finish first font fonts footer for form
    forms forum forward frame from front full galleries gallery general get global goto government graph graphql group
    groups guide guides header health help hidden history home homepage hospital html icon icons id ident identity ids
    image images img import in index info information init inquiry insert inside institution int intro introduction
    invoice invoices issue issues item items job jobs join js json key keys keyword keywords label labels lang language
    languages last latest law laws layout layouts legal level library libs license licenses link links list lists load
    local locale location locations log login logo logos logout logs lookup mail main maintenance manage management
    manager map maps media member members membership menu menus message messages meta metadata mobile modal mode modify
    module modules month mypage name navigation network new news newsletter next no node note notes notice notices
    notification notifications num number numbers oauth oauth2 of office offices official oidc old on online open openapi
    opinion option options or order orders org organization organizations overview package pages paging panel param params
    part parts password path pay payment payments pdf period permission permissions person phone photo photos platform
    plugin plugins policies policy poll pop popular popup portal post posts preference preferences prev preview previous
    price prices print privacy private process processing product products profile profiles program programs progress
    project projects proxy public publication publications publish qna queries query question questions queue quick rank
    ranking read receipt receipts receive recent recommend record records recruit redirect refresh regex region regions
    register registration related release remove renew reply report reports request requests reservation reservations
    reset resource resources rest result results return review reviews role roles root route router rss rule rules sample
    save schedule schedules school schools script scripts search searches section sections security select send seq
    service services session sessions set setting settings share shared shop show sign signin signout signup site sitemap
    sites slug sms social sort src sso start state static statistics stats status step steps store stores str string style
    styles stylesheet submit subscribe subscription subscriptions success suggest suggestion summary support survey
    surveys sync system table tables tag tags tax taxes team temp template templates term terms test the theme themes
    thumb thumbnail thumbnails ticket tickets time title to token tokens tool tools top topic topics total track tracking
    training transaction transfer translate tree type types ui unit update updates upload uploads url urls usage use user
    users util utils uuid validate validation value values vendor verification verify version versions video videos view
    viewer views visit visitor web welcome welfare widget widgets with withdraw word work works write xml year years your
    zip
    """.split()  # noqa: SIM905  # a list of so many words is read as text
)
"""What paths of any site are made of, in small letters. Nothing that could be somebody's given name: neither `min` nor `민원`."""
EXTENSIONS = frozenset(
    "asp aspx avif cgi css csv do gif gz htm html ico jpeg jpg js json jsp map mjs pdf php png svg txt webp woff woff2 xml zip".split()  # noqa: SIM905  # as above
)
"""What may stand behind the last point of a segment."""

NO_WORDS: frozenset[str] = frozenset()
"""Of a service whose catalogue names no route."""

_STAYS = frozenset(("", "{id}", "{rest}"))
_RUNS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)
_VERSION = re.compile(r"v[0-9]{1,2}", re.ASCII)
_BRACKETS = frozenset("{<[(")


_NAME = re.compile(r"(?!.*(?:[0-9].*){4})[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,63}", re.ASCII)


def kept_name(name: str) -> str:
    """Return what may be written down of what telemetry says whose it is: a name as programs have, with three digits at most."""
    return name if not name or _NAME.fullmatch(name) else UNKNOWN


def words_of(patterns: Iterable[str]) -> frozenset[str]:
    """Return the segments that route patterns of a catalogue name in full: those without a `*`."""
    return frozenset(segment for pattern in patterns for segment in pattern.split("/") if segment and "*" not in segment)


@lru_cache(maxsize=REMEMBERED_MAX)
def kept_template(template: str, words: frozenset[str]) -> str:
    """Return what may be written down of a template of `decode.redaction`; `words` are the segments its service's catalogue names."""
    return "/".join(segment if segment in words or _is_known(segment) else UNKNOWN for segment in template.split("/"))


def _is_known(segment: str) -> bool:
    if segment in _STAYS:
        return True
    stem, point, extension = segment.rpartition(".")
    if point and extension in EXTENSIONS:
        segment = stem
    in_brackets = not _BRACKETS.isdisjoint(segment)
    return all(_is_known_run(run, in_brackets=in_brackets) for run in _RUNS.findall(segment))


def _is_known_run(run: str, *, in_brackets: bool) -> bool:
    """Say whether letters and digits that stand together are words, such as `v2`, `list` or `selectBoardList`.

    Within the brackets of a placeholder single ones are part of a rule such as `[0-9]` or `?P`.
    """
    if not run.isascii():
        return False
    if run.lower() in WORDS or _VERSION.fullmatch(run) or (in_brackets and len(run) == 1):
        return True
    humps = _HUMPS.findall(run)
    return len(humps) > 1 and all(hump.lower() in WORDS for hump in humps)
