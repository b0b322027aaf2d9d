"""Turn lines of an access log into RequestColumns, and count what was refused and why.

| format | what writes it | when the request ended |
|---|---|---|
| `common`, `combined` | nginx, Apache | the time of the line; no durations |
| `common+us`, `combined+us` | Apache with ` %D` appended | the time of the line, when it began, plus the duration |
| `common+ms`, `combined+ms` | Apache with ` %{ms}T` appended | likewise |
| `common+s`, `combined+s` | nginx with ` $request_time` appended | the time of the line |
| `nginx-json` | nginx with NGINX_LOG_FORMAT | the time of the line, to the millisecond |
| `alb` | AWS application load balancer | the time of the line, to the millisecond |

What follows the fields of a format on a line is ignored. Addresses, users, referers and sizes are never read.
"""

from observatory.decode.access_log import json as access_log_json
from observatory.decode.access_log import scan as access_log_scan
from observatory.decode.access_log.formats import FORMATS, require_format
from observatory.model.columns import DecodedLines

NGINX_LOG_FORMAT = access_log_json.NGINX_LOG_FORMAT

__all__ = ["FORMATS", "NGINX_LOG_FORMAT", "decode_lines"]


def decode_lines(data: bytes, format_name: str, first_line: int = 1) -> DecodedLines:
    """Return the requests of whole lines in one of FORMATS; `first_line` is the number of the first one.

    Lines that cannot be used are counted by reason; blank ones are skipped. Raises BadInput for an unknown format.
    """
    require_format(format_name)
    return access_log_scan.decode(data, access_log_scan.LAYOUTS[format_name], first_line)
