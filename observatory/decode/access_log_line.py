"""Lines of an access log come in, RequestColumns go out, with the count and first line of what was refused and why.

| format | what writes it | when the request ended |
|---|---|---|
| `common`, `combined` | nginx, Apache | the time of the line; no durations |
| `common+us`, `combined+us` | Apache with ` %D` appended | the time of the line, when it began, plus the duration |
| `common+ms`, `combined+ms` | Apache with ` %{ms}T` appended | likewise |
| `common+s`, `combined+s` | nginx with ` $request_time` appended | the time of the line |
| `nginx-json` | nginx with NGINX_LOG_FORMAT | the time of the line, to the millisecond |

What follows the fields of a format on a line is ignored. Addresses, users, referers and sizes are never read.
"""

from observatory.decode import access_log_json, access_log_text
from observatory.errors import BadInput
from observatory.model.columns import DecodedLines

NGINX_LOG_FORMAT = access_log_json.NGINX_LOG_FORMAT

FORMATS = (*access_log_text.LAYOUTS, "nginx-json")


def decode_lines(data: bytes, format_name: str, first_line: int = 1) -> DecodedLines:
    """Return the requests of whole lines in one of FORMATS; `first_line` is the number of the first one.

    Lines that cannot be used are counted by reason; blank ones are skipped. Raises BadInput for an unknown format.
    """
    if format_name == "nginx-json":
        return access_log_json.decode(data, first_line)
    layout = access_log_text.LAYOUTS.get(format_name)
    if layout is None:
        raise BadInput(f"cannot read an access log of format {format_name!r}", f"choose one of {', '.join(FORMATS)}")
    return access_log_text.decode(data, layout, first_line)
