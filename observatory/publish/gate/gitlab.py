"""Answer GitLab's external status checks: a webhook tells of a merge request, and its status is set through the API.

https://docs.gitlab.com/api/status_checks/
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from observatory.errors import NotFound, phrase
from observatory.publish.gate.hooks import AskedByHook, Sending, check_signature, read_hook
from observatory.signoff.gate import GateAnswer

SIGNATURE_HEADER = "X-Gitlab-Signature"


@dataclass(frozen=True, slots=True)
class GitLabProject:
    """A project whose merge requests put releases into service."""

    project: str
    """Its path, `group/name`."""
    service: str
    secret: bytes
    token: str
    """Of the project, with the scope `api`."""
    environment: str = "production"
    api: str = "https://gitlab.com"


class _Commit(msgspec.Struct):
    id: str


class _MergeRequest(msgspec.Struct):
    iid: int
    last_commit: _Commit


class _Project(msgspec.Struct):
    id: int
    path_with_namespace: str


class _Rule(msgspec.Struct):
    id: int


class _Asked(msgspec.Struct):
    object_attributes: _MergeRequest
    project: _Project
    external_approval_rule: _Rule


def asked_by_gitlab(projects: tuple[GitLabProject, ...], signature: str, body: bytes) -> AskedByHook:
    """Return what a webhook asks. Raises NotFound for a project nobody named, NotSignedIn, BadInput."""
    asked = read_hook(body, _Asked)
    project = next((each for each in projects if each.project == asked.project.path_with_namespace), None)
    if project is None:
        raise NotFound(phrase("cannot find this repository"), phrase("name it in the file of OBSERVATORY_GATE_HOOKS"))
    check_signature(project.secret, body, signature)
    request = asked.object_attributes
    url = f"{project.api}/api/v4/projects/{asked.project.id}/merge_requests/{request.iid}/status_check_responses"

    def answer(found: GateAnswer | None, send: Callable[[Sending], object], _: datetime) -> None:
        status = "passed" if found is not None and found.decision == "allow" else "failed"
        told = {"sha": request.last_commit.id, "external_status_check_id": asked.external_approval_rule.id, "status": status}
        send(Sending(url, {"PRIVATE-TOKEN": project.token}, told))

    return AskedByHook(project.service, project.environment, (request.last_commit.id,), answer)
