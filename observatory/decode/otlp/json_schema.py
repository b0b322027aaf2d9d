"""List the members of logs and traces in OTLP/JSON that are read, and what each is in protobuf."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp.schema import DELIMITED, FIXED64, VARINT, Message


class Kind(IntEnum):
    """What the value of a member is; from MESSAGE on, an object or an array of objects."""

    TEXT = 0
    MOMENT = 1
    INTEGER = 2
    ENUM = 3
    DOUBLE = 4
    TRACE_ID = 5
    MESSAGE = 6
    MESSAGES = 7


Member = tuple[Kind, int, Message | None]
"""What it is, its number in protobuf, and of which type its messages are."""


def _messages(number: int, message: Message) -> Member:
    return Kind.MESSAGES, number, message


MEMBERS: dict[Message, dict[str, Member]] = {
    Message.LOGS_REQUEST: {"resourceLogs": _messages(1, Message.RESOURCE_LOGS)},
    Message.RESOURCE_LOGS: {"resource": (Kind.MESSAGE, 1, Message.RESOURCE), "scopeLogs": _messages(2, Message.SCOPE_LOGS)},
    Message.SCOPE_LOGS: {"logRecords": _messages(2, Message.LOG_RECORD)},
    Message.LOG_RECORD: {
        "timeUnixNano": (Kind.MOMENT, 1, None),
        "observedTimeUnixNano": (Kind.MOMENT, 11, None),
        "traceId": (Kind.TRACE_ID, 9, None),
        "attributes": _messages(6, Message.RECORD_ATTRIBUTE),
    },
    Message.TRACES_REQUEST: {"resourceSpans": _messages(1, Message.RESOURCE_SPANS)},
    Message.RESOURCE_SPANS: {"resource": (Kind.MESSAGE, 1, Message.RESOURCE), "scopeSpans": _messages(2, Message.SCOPE_SPANS)},
    Message.SCOPE_SPANS: {"spans": _messages(2, Message.SPAN)},
    Message.SPAN: {
        "traceId": (Kind.TRACE_ID, 1, None),
        "kind": (Kind.ENUM, 6, None),
        "startTimeUnixNano": (Kind.MOMENT, 7, None),
        "endTimeUnixNano": (Kind.MOMENT, 8, None),
        "status": (Kind.MESSAGE, 15, Message.STATUS),
        "attributes": _messages(9, Message.RECORD_ATTRIBUTE),
    },
    Message.STATUS: {"code": (Kind.ENUM, 3, None)},
    Message.RESOURCE: {"attributes": _messages(1, Message.RESOURCE_ATTRIBUTE)},
    Message.RECORD_ATTRIBUTE: {"key": (Kind.TEXT, 1, None), "value": (Kind.MESSAGE, 2, Message.READ_VALUE)},
    Message.RESOURCE_ATTRIBUTE: {"key": (Kind.TEXT, 1, None), "value": (Kind.MESSAGE, 2, Message.READ_VALUE)},
    Message.READ_VALUE: {
        "stringValue": (Kind.TEXT, 1, None),
        "intValue": (Kind.INTEGER, 3, None),
        "doubleValue": (Kind.DOUBLE, 4, None),
    },
}
"""What is read, by the type of message and the name of the member."""

MEMBERS_MAX, _NAME_BYTES_MAX = 6, 24
_WIRE = {Kind.MOMENT: FIXED64, Kind.DOUBLE: FIXED64, Kind.INTEGER: VARINT, Kind.ENUM: VARINT}
KIND, TAG, CHILD, NAME_LENGTH = range(4)
"""Columns of TABLE."""


def _tables() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return kind, tag, message and length of name of every member, and the names, at MEMBERS_MAX * message + number."""
    members = np.zeros((len(Message) * MEMBERS_MAX, 4), np.int64)
    names = np.zeros((len(Message) * MEMBERS_MAX, _NAME_BYTES_MAX), np.uint8)
    for message, by_name in MEMBERS.items():
        for number, (name, (kind, field, child)) in enumerate(by_name.items(), start=MEMBERS_MAX * message):
            tag = field << 3 | _WIRE.get(kind, DELIMITED)
            members[number] = kind, tag, -1 if child is None else child, len(name)
            names[number, : len(name)] = list(name.encode())
    return members, names


TABLE, NAMES = _tables()
"""`MEMBERS` for the kernel."""
