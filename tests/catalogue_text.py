"""A catalogue file as an operator writes it: one agency, and one service with what a test wants to say of it."""

LABOR = """
[[agency]]
id = "labor"
name_ko = "고용노동부"
name_en = "Ministry of Employment and Labor"
"""
TELEMETRY = 'telemetry = [{ namespace = "labor", name = "job-portal" }]'


def job_portal(more: str = TELEMETRY, name_ko: str = "일자리 포털", name_en: str = "Job Portal") -> str:
    """Return the file with the service job-portal; `more` is what stands below its names and address."""
    return f"""{LABOR}
[[service]]
id = "job-portal"
agency = "labor"
name_ko = "{name_ko}"
name_en = "{name_en}"
url = "https://jobs.example.go.kr"
{more.strip()}
"""
