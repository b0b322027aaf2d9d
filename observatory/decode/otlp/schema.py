"""OTLP as tables: the messages of logs and traces, and what the wire decoder does with each of their fields.

Whatever is not listed is skipped unread, as unknown fields are. Text is listed wherever it occurs, since text that is
no UTF-8 makes a message invalid; a test holds the tables against the protocol's own descriptors.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

VARINT, FIXED64, DELIMITED, GROUP, GROUP_END, FIXED32 = range(6)
"""Wire types of protobuf."""


class Message(IntEnum):
    """Message types; a key-value whose content is read has types of its own, by where it stands."""

    LOGS_REQUEST = 0
    RESOURCE_LOGS = 1
    SCOPE_LOGS = 2
    LOG_RECORD = 3
    TRACES_REQUEST = 4
    RESOURCE_SPANS = 5
    SCOPE_SPANS = 6
    SPAN = 7
    EVENT = 8
    LINK = 9
    STATUS = 10
    RESOURCE = 11
    ENTITY = 12
    SCOPE = 13
    RESOURCE_ATTRIBUTE = 14
    RECORD_ATTRIBUTE = 15
    READ_VALUE = 16
    KEY_VALUE = 17
    ANY_VALUE = 18
    ARRAY = 19
    KEY_VALUES = 20


class Field(IntEnum):
    """What is done with a field: checked as text, kept, or, from MESSAGE on, entered as that message."""

    TEXT = 1
    KEY = 2
    STRING_VALUE = 3
    INT_VALUE = 4
    DOUBLE_VALUE = 5
    OTHER_VALUE = 6
    TIME = 8
    OBSERVED = 9
    START = 10
    END = 11
    KIND = 12
    STATUS_CODE = 13
    TRACE_ID = 16
    MESSAGE = 32


NUMBER_FIRST, NUMBER_LAST = Field.TIME, Field.STATUS_CODE
"""Fields that are kept as they are."""


def _text(*numbers: int) -> dict[int, tuple[int, int]]:
    return dict.fromkeys(numbers, (DELIMITED, int(Field.TEXT)))


def _message(message: Message) -> tuple[int, int]:
    return DELIMITED, Field.MESSAGE + message


SCHEMA: dict[Message, dict[int, tuple[int, int]]] = {
    Message.LOGS_REQUEST: {1: _message(Message.RESOURCE_LOGS)},
    Message.RESOURCE_LOGS: {1: _message(Message.RESOURCE), 2: _message(Message.SCOPE_LOGS), **_text(3)},
    Message.SCOPE_LOGS: {1: _message(Message.SCOPE), 2: _message(Message.LOG_RECORD), **_text(3)},
    Message.LOG_RECORD: {
        1: (FIXED64, Field.TIME),
        11: (FIXED64, Field.OBSERVED),
        5: _message(Message.ANY_VALUE),
        6: _message(Message.RECORD_ATTRIBUTE),
        9: (DELIMITED, Field.TRACE_ID),
        **_text(3, 12),
    },
    Message.TRACES_REQUEST: {1: _message(Message.RESOURCE_SPANS)},
    Message.RESOURCE_SPANS: {1: _message(Message.RESOURCE), 2: _message(Message.SCOPE_SPANS), **_text(3)},
    Message.SCOPE_SPANS: {1: _message(Message.SCOPE), 2: _message(Message.SPAN), **_text(3)},
    Message.SPAN: {
        1: (DELIMITED, Field.TRACE_ID),
        6: (VARINT, Field.KIND),
        7: (FIXED64, Field.START),
        8: (FIXED64, Field.END),
        9: _message(Message.RECORD_ATTRIBUTE),
        11: _message(Message.EVENT),
        13: _message(Message.LINK),
        15: _message(Message.STATUS),
        **_text(3, 5),
    },
    Message.EVENT: {3: _message(Message.KEY_VALUE), **_text(2)},
    Message.LINK: {4: _message(Message.KEY_VALUE), **_text(3)},
    Message.STATUS: {3: (VARINT, Field.STATUS_CODE), **_text(2)},
    Message.RESOURCE: {1: _message(Message.RESOURCE_ATTRIBUTE), 3: _message(Message.ENTITY)},
    Message.ENTITY: _text(1, 2, 3, 4),
    Message.SCOPE: {3: _message(Message.KEY_VALUE), **_text(1, 2)},
    Message.RESOURCE_ATTRIBUTE: {1: (DELIMITED, Field.KEY), 2: _message(Message.READ_VALUE)},
    Message.RECORD_ATTRIBUTE: {1: (DELIMITED, Field.KEY), 2: _message(Message.READ_VALUE)},
    Message.READ_VALUE: {
        1: (DELIMITED, Field.STRING_VALUE),
        2: (VARINT, Field.OTHER_VALUE),
        3: (VARINT, Field.INT_VALUE),
        4: (FIXED64, Field.DOUBLE_VALUE),
        5: _message(Message.ARRAY),
        6: _message(Message.KEY_VALUES),
        7: (DELIMITED, Field.OTHER_VALUE),
        8: (VARINT, Field.OTHER_VALUE),
    },
    Message.KEY_VALUE: {2: _message(Message.ANY_VALUE), **_text(1)},
    Message.ANY_VALUE: {5: _message(Message.ARRAY), 6: _message(Message.KEY_VALUES), **_text(1)},
    Message.ARRAY: {1: _message(Message.ANY_VALUE)},
    Message.KEY_VALUES: {1: _message(Message.KEY_VALUE)},
}

SKIP, WRONG = 0, -1
"""What is done with a field nobody reads, and with one of number 0."""

TAGS = 128
"""Tags of one byte: fields up to number 15. All others are skipped."""


def _actions() -> NDArray[np.int64]:
    actions = np.full((len(Message), TAGS), SKIP, np.int64)
    actions[:, :8] = WRONG
    for message, fields in SCHEMA.items():
        for number, (wire, done) in fields.items():
            actions[message, number << 3 | wire] = done
    return actions.reshape(-1)


ACTIONS = _actions()
"""`SCHEMA` for the kernel: what is done, at TAGS * message + tag."""
