"""Freeze a release as its owner does, for tests that need one."""

from datetime import datetime

from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import canonical
from observatory.store.register import RegisterStore

DIGEST = "sha256:" + "ab" * 32
OWNER = "0123456789ab"
OTHER_DIGEST = "sha256:" + "cd" * 32


def freeze(
    register: RegisterStore, now: datetime, service_id: str = "job-portal", version: str = "2.4.1", digest: str = DIGEST, by: str = OWNER
) -> int:
    """Freeze a release of a service; return the index of its log entry."""
    told = {"by": by, "digest": digest, "environment": "production", "service": service_id}
    body = canonical({**told, "url": "https://jobs.example.go.kr/", "version": version})
    with register.change() as books:
        return books.log.append(NewEntry("release-frozen", body, now)).index
