"""Keep which forms were acted upon: rows of the table sent_form."""

import sqlite3

from observatory.errors import Conflict, phrase
from observatory.model.sent_form import SENT_FORMS_KEPT, SentForm
from observatory.store.sqlite.moments import text_of


class SqliteSentForms:
    """The `SentFormBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(self, sent: SentForm) -> bool:
        self._connection.execute("DELETE FROM sent_form WHERE at < :before", {"before": text_of(sent.at - SENT_FORMS_KEPT)})
        content = self._content_of(sent)
        if content is None:
            self._connection.execute(
                "INSERT INTO sent_form (key, content, at) VALUES (:key, :content, :at)",
                {"key": sent.key, "content": sent.content, "at": text_of(sent.at)},
            )
        elif content != sent.content:
            raise Conflict(
                phrase("cannot take this form: it was sent before and said something else, which was published"),
                phrase("see what stands there; to publish this as well, send it again"),
            )
        return content is None

    def was_taken(self, sent: SentForm) -> bool:
        return self._content_of(sent) == sent.content

    def _content_of(self, sent: SentForm) -> bytes | None:
        row = self._connection.execute("SELECT content FROM sent_form WHERE key = :key", {"key": sent.key}).fetchone()
        return bytes(row[0]) if row else None
