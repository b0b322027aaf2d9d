"""Bytes that registers and logs hold since names were kept as pairs of fields: they are read, and written again, unchanged."""

from observatory.model.catalogue import HOME, Menu, ProbeTarget, Service, TelemetryIdentity
from observatory.model.text import Text

SERVICE_BODY = (
    '{"agency_id":"labor","channels_en":["Call 1350"],"channels_ko":["국번 없이 1350","고용센터 창구"],'
    '"executive_office_en":"","executive_office_ko":"고용정책실장","grade":1,"hours":"09:00-18:00","id":"job-portal",'
    '"low_traffic_block_minutes":5,"menus":[{"critical":true,"id":"search","name_en":"Find a job","name_ko":"일자리 찾기",'
    '"probe":{"interval_s":120,"url":"https://jobs.example.go.kr/jobs"},"routes":["/jobs"],"slow_ms":2000}],'
    '"name_en":"Job Portal","name_ko":"일자리 포털","origins":["https://jobs.example.go.kr"],"server_source":"span",'
    '"telemetry":[["labor","job-portal"]],"url":"https://jobs.example.go.kr"}'
).encode()
SERVICE = Service(
    id="job-portal",
    agency_id="labor",
    name=Text("일자리 포털", "Job Portal"),
    url="https://jobs.example.go.kr",
    grade=1,
    executive_office=Text("고용정책실장", ""),
    telemetry=(TelemetryIdentity("labor", "job-portal"),),
    origins=("https://jobs.example.go.kr",),
    channels=(Text("국번 없이 1350", "Call 1350"), Text("고용센터 창구", "")),
    server_source="span",
    low_traffic_block_minutes=5,
    hours="09:00-18:00",
    menus=(
        Menu(
            id="search",
            name=Text("일자리 찾기", "Find a job"),
            routes=("/jobs",),
            critical=True,
            slow_ms=2000,
            probe=ProbeTarget("https://jobs.example.go.kr/jobs", 120),
        ),
    ),
)
BARE_BODY = (
    '{"agency_id":"labor","channels_en":[],"channels_ko":[],"executive_office_en":"","executive_office_ko":"","grade":4,'
    '"hours":"00:00-24:00","id":"bare","low_traffic_block_minutes":1,"menus":[{"critical":false,"id":"home","name_en":"Home",'
    '"name_ko":"첫 화면","probe":null,"routes":["*"],"slow_ms":3000}],"name_en":"Bare","name_ko":"맨몸","origins":[],'
    '"server_source":"","telemetry":[],"url":"https://bare.example.go.kr"}'
).encode()
BARE = Service(id="bare", agency_id="labor", name=Text("맨몸", "Bare"), url="https://bare.example.go.kr", menus=(HOME,))
STATEMENT_BODY = (
    '{"_type":"https://in-toto.io/Statement/v1","predicate":{"assurance":"password+totp","conditions":[],"decision":"pass",'
    '"environment":"production","notAfter":"2027-05-19T01:02:03Z","plan":{"uri":"사용성 시험 계획 2026-7"},'
    '"reasons":"여덟 명의 시민과 함께 모든 과업을 직접 끝까지 해 보았습니다.","signedAt":"2026-11-20T01:02:03Z",'
    '"signer":{"id":"minister","name":"김책임","officeEn":"Minister of Employment and Labor","officeKo":"고용노동부 장관"},'
    '"version":"2.4.1"},"predicateType":"usability-signoff/v1","subject":[{"digest":'
    '{"sha256":"abababababababababababababababababababababababababababababababab"},"name":"job-portal"}]}'
).encode()
"""The statement of `builders.a_signoff`."""
