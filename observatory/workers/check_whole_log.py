"""Read all of the log again at the start of each day, rebuild what is shown of it, and write down when both were found sound."""

from datetime import datetime, timedelta

import structlog

from observatory.flows.log_views import differing, rebuilt, whole_check_of
from observatory.flows.public_log import SignedLog
from observatory.flows.signoffs import local_day
from observatory.parts import Parts
from observatory.readmodel.summary import Summary
from observatory.store.log_books import WholeCheck

TRIED_AGAIN_AFTER = timedelta(hours=1)
"""When the log, or what is made of it, was found to be wrong."""

log = structlog.get_logger(__name__)


class CheckWholeLog:
    """A step that remembers how far it has read, and when it last found something wrong."""

    def __init__(self) -> None:
        self._reading = False
        self._failed_at: datetime | None = None

    def __call__(self, parts: Parts) -> bool:
        """Read a part of the log, or compare once all is read; True while there is more to do."""
        now, begin = parts.now(), not self._reading
        if begin and not self._is_due(parts, now):
            return False
        ended = parts.get(SignedLog).read_again(now, begin=begin)
        self._reading = ended is False
        if ended:
            self._compare(parts, now)
        elif ended is None:
            self._failed_at = now
        return self._reading

    def _is_due(self, parts: Parts, now: datetime) -> bool:
        if self._failed_at is not None and abs(now - self._failed_at) < TRIED_AGAIN_AFTER:
            return False
        last = whole_check_of(parts.register)
        return last is None or local_day(parts.register, last.at) != local_day(parts.register, now)

    def _compare(self, parts: Parts, now: datetime) -> None:
        """Hold what is shown against what the log comes to."""
        size = parts.get(SignedLog).look(now).size
        shown = {card.service.id: card.signoff_state for card in parts.get(Summary).site().services}
        wrong = differing(parts.register, rebuilt(parts.register, size, now), shown)
        with parts.register.look() as books:
            grown = books.log.tree()[0] != size
        if wrong and not grown:  # What was appended meanwhile may be shown already: the next time is soon.
            log.critical("what is shown is not what the log says", views=wrong)
        self._failed_at = now if wrong and not grown else None
        if not wrong:
            with parts.register.change() as books:
                books.log.keep_whole_check(WholeCheck(now, size))
