"""List the messages of logs and traces, and what the wire decoder does with each of their fields.

Whatever is not listed is skipped unread, as unknown fields are. Text is listed wherever it occurs, since text that is
no UTF-8 makes a message invalid; a test holds the tables against the protocol's own descriptors. Above each row stands what
the protocol's .proto files say of the message, fields left out that are skipped.
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
    # message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
    Message.LOGS_REQUEST: {1: _message(Message.RESOURCE_LOGS)},
    # message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
    Message.RESOURCE_LOGS: {1: _message(Message.RESOURCE), 2: _message(Message.SCOPE_LOGS), **_text(3)},
    # message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
    Message.SCOPE_LOGS: {1: _message(Message.SCOPE), 2: _message(Message.LOG_RECORD), **_text(3)},
    # message LogRecord { fixed64 time_unix_nano = 1; string severity_text = 3; AnyValue body = 5; repeated KeyValue attributes = 6;
    # bytes trace_id = 9; fixed64 observed_time_unix_nano = 11; string event_name = 12; }
    Message.LOG_RECORD: {
        1: (FIXED64, Field.TIME),
        11: (FIXED64, Field.OBSERVED),
        5: _message(Message.ANY_VALUE),
        6: _message(Message.RECORD_ATTRIBUTE),
        9: (DELIMITED, Field.TRACE_ID),
        **_text(3, 12),
    },
    # message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
    Message.TRACES_REQUEST: {1: _message(Message.RESOURCE_SPANS)},
    # message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
    Message.RESOURCE_SPANS: {1: _message(Message.RESOURCE), 2: _message(Message.SCOPE_SPANS), **_text(3)},
    # message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
    Message.SCOPE_SPANS: {1: _message(Message.SCOPE), 2: _message(Message.SPAN), **_text(3)},
    # message Span { bytes trace_id = 1; string trace_state = 3; string name = 5; SpanKind kind = 6; fixed64 start_time_unix_nano = 7;
    # fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13;
    # Status status = 15; }
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
    # message Event { string name = 2; repeated KeyValue attributes = 3; }
    Message.EVENT: {3: _message(Message.KEY_VALUE), **_text(2)},
    # message Link { string trace_state = 3; repeated KeyValue attributes = 4; }
    Message.LINK: {4: _message(Message.KEY_VALUE), **_text(3)},
    # message Status { string message = 2; StatusCode code = 3; }
    Message.STATUS: {3: (VARINT, Field.STATUS_CODE), **_text(2)},
    # message Resource { repeated KeyValue attributes = 1; repeated EntityRef entity_refs = 3; }
    Message.RESOURCE: {1: _message(Message.RESOURCE_ATTRIBUTE), 3: _message(Message.ENTITY)},
    # message EntityRef { string schema_url = 1; string type = 2; repeated string id_keys = 3; repeated string description_keys = 4; }
    Message.ENTITY: _text(1, 2, 3, 4),
    # message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
    Message.SCOPE: {3: _message(Message.KEY_VALUE), **_text(1, 2)},
    # message KeyValue { string key = 1; AnyValue value = 2; }, of a resource
    Message.RESOURCE_ATTRIBUTE: {1: (DELIMITED, Field.KEY), 2: _message(Message.READ_VALUE)},
    # message KeyValue { string key = 1; AnyValue value = 2; }, of a log record or span
    Message.RECORD_ATTRIBUTE: {1: (DELIMITED, Field.KEY), 2: _message(Message.READ_VALUE)},
    # message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    # ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; int32 string_value_strindex = 8; } }
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
    # message KeyValue { string key = 1; AnyValue value = 2; }, of anything else: its text is checked and nothing kept
    Message.KEY_VALUE: {2: _message(Message.ANY_VALUE), **_text(1)},
    # message AnyValue, of anything else
    Message.ANY_VALUE: {5: _message(Message.ARRAY), 6: _message(Message.KEY_VALUES), **_text(1)},
    # message ArrayValue { repeated AnyValue values = 1; }
    Message.ARRAY: {1: _message(Message.ANY_VALUE)},
    # message KeyValueList { repeated KeyValue values = 1; }
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
