"""Lines as Amazon documents them for its application load balancer become records; what is in them of people does not."""

import pytest

from observatory.decode.access_log.lines import decode_lines
from observatory.model.columns import HEALTH_CHECK, NO_DURATION, NO_STATUS, Outcome

END_MS = 1_530_570_180_186
"""2018-07-02T22:23:00.186Z."""
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/142.0"


def a_line(
    *,
    kind: str = "https",
    time: str = "2018-07-02T22:23:00.186641Z",
    seconds: str = "0.086 0.048 0.037",
    status: str = "200",
    request: str = "GET https://www.example.com:443/jobs?name=hong HTTP/1.1",
    agent: str = BROWSER,
) -> str:
    return (
        f"{kind} {time} app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 {seconds} {status} 200 0 57 "
        f'"{request}" "{agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
        "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
        '"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/1234" '
        '1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90'
    )


def one(line: str) -> tuple[str, int, int, int, int]:
    """Return template, end, duration, status and outcome of a line."""
    decoded = decode_lines(line.encode(), "alb")
    assert len(decoded.columns) == 1, decoded.refused
    columns = decoded.columns
    template = columns.templates[columns.template_index[0]]
    return template, int(columns.end_ms[0]), int(columns.duration_us[0]), int(columns.status[0]), int(columns.outcome[0])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (a_line(), ("/jobs", END_MS, 171_000, 200, Outcome.GOOD)),
        (a_line(request="GET http://www.example.com:80/ HTTP/1.1"), ("/", END_MS, 171_000, 200, Outcome.GOOD)),
        (a_line(request="GET https://10.0.1.252:48160/jobs/12345 HTTP/2.0"), ("/jobs/{id}", END_MS, 171_000, 200, Outcome.GOOD)),
        (a_line(kind="ws", status="101", seconds="0.001 0.003 0.000"), ("/jobs", END_MS, 4_000, 101, Outcome.GOOD)),
        (a_line(status="502", seconds="0.000 0.001 0.000"), ("/jobs", END_MS, 1_000, 502, Outcome.BAD)),
        (a_line(status="504", seconds="0.000 -1 -1"), ("/jobs", END_MS, NO_DURATION, 504, Outcome.BAD)),
        (a_line(status="460", seconds="-1 -1 -1"), ("/jobs", END_MS, NO_DURATION, 460, Outcome.EXCLUDED)),
        (a_line(status="429"), ("/jobs", END_MS, 171_000, 429, Outcome.THROTTLED)),
        (a_line(status="-", seconds="-1 -1 -1"), ("/jobs", END_MS, NO_DURATION, NO_STATUS, Outcome.BAD)),
        (a_line(status="400", request="- http://www.example.com:80- "), ("", END_MS, 171_000, 400, Outcome.GOOD)),
        (
            a_line(request="GET https://www.example.com:443/healthz HTTP/1.1"),
            ("/healthz", END_MS, 171_000, 200, Outcome.GOOD | HEALTH_CHECK),
        ),
        (a_line(agent="Googlebot/2.1"), ("/jobs", END_MS, 171_000, 200, Outcome.EXCLUDED)),
        (a_line(time="2018-07-02T22:23:00.1Z"), ("/jobs", END_MS - 86, 171_000, 200, Outcome.GOOD)),
        (a_line(time="2018-07-02T22:23:00Z"), ("/jobs", END_MS - 186, 171_000, 200, Outcome.GOOD)),
        (a_line(request="OPTIONS https://www.example.com:443/jobs HTTP/1.1"), ("/jobs", END_MS, 171_000, 200, Outcome.EXCLUDED)),
        (a_line(agent='say \\"hello\\"'), ("/jobs", END_MS, 171_000, 200, Outcome.GOOD)),
    ],
)
def test_a_line_becomes_a_record(line: str, expected: tuple[str, int, int, int, int]) -> None:
    assert one(line) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_line(time="yesterday"), "no_time"),
        (a_line(time="2018-07-02T22:23:00"), "no_time"),
        ("https", "no_time"),
        (a_line(seconds="0.1 soon 0.1"), "no_duration"),
        (a_line(seconds="0.1 -2 0.1"), "no_duration"),
        (a_line(status="OK!"), "no_status"),
        (a_line().partition('"')[0], "no_request"),
        (a_line().partition('" "')[0], "no_request"),
        (a_line().partition('" "')[0] + '"', "no_user_agent"),
        (a_line().partition(" ECDHE")[0][:-1], "no_user_agent"),
        (a_line(time="2018-13-02T22:23:00Z"), "no_time"),
        (a_line(time="2018-07-02T22:23:00.x86641Z"), "no_time"),
        (a_line(status="20"), "no_status"),
        (a_line().partition(" 0.086")[0], "no_duration"),
    ],
)
def test_a_line_that_cannot_be_used_is_counted(line: str, reason: str) -> None:
    decoded = decode_lines(f"{a_line()}\n\n{line}\n".encode(), "alb", 11)
    assert (decoded.refused, decoded.first_refused_line, decoded.lines_read) == ({reason: 1}, {reason: 13}, 3)
