"""Write what is known of a minute as a document for programs."""

from observatory.flows.figures import MinuteAccount
from observatory.judge.explaining import name_of
from observatory.judge.explanation import Counted, SubjectExplanation
from observatory.model.exemplar import Exemplar
from observatory.model.minute import Counter


def as_document(account: MinuteAccount) -> dict[str, object]:
    """Return the same for programs: ids, not names; verdicts and classes in lower case."""
    explained = account.explanation
    menu_ids = {menu.index: menu.id for menu in account.service.menus}
    return {
        "service": explained.service_id,
        "minute": name_of(explained.minute),
        "method": explained.method.version,
        "state": explained.state,
        "waiting": explained.waiting,
        "blind": explained.blind,
        "server_source": explained.source or None,
        "subjects": [_subject(subject) for subject in explained.subjects],
        "votes": [
            {
                "menu": menu_ids.get(vote.menu),
                "vantage": account.vantages.get(vote.source, str(vote.source)),
                "cast": name_of(vote.cast_minute),
                "holds_before": name_of(vote.end_minute),
                "failed": vote.failed,
            }
            for vote in (explained.subjects[0].probes.votes if explained.subjects else ())
        ],
        "counted": [_counted(row, menu_ids) for row in explained.counted],
        "exemplars": [_exemplar(exemplar, menu_ids) for exemplar in account.exemplars],
        "thresholds": {constant.key: constant.value for constant in explained.method.minute_constants},
    }


def _subject(subject: SubjectExplanation) -> dict[str, object]:
    return {
        "menu": subject.menu_id,
        "requests": {"count": subject.count, "bad": subject.bad, "slow": subject.slow},
        "users": {
            "block": [name_of(subject.users.block.first), name_of(subject.users.block.end)],
            "count": subject.users.count,
            "bad": subject.users.bad,
            "slow": subject.users.slow,
            "throttled": subject.users.throttled,
            "client_error": subject.users.client_error,
            "usual_client_error": subject.users.usual_client_error,
            "say": subject.users.says.name.lower(),
        },
        "probes": {"ok": subject.probes.ok, "failed": subject.probes.failed, "say": subject.probes.says.name.lower()},
        "expected": subject.expected,
        "vanished": subject.vanished,
        "decided_by": subject.decided_by.name.lower(),
        "own_verdict": subject.own.name.lower(),
        "bridged_verdict": subject.bridged.name.lower(),
        "verdict": subject.verdict.name.lower(),
        "published_verdict": subject.stored.name.lower(),
        "class": subject.minute_class.name.lower(),
        "incident": subject.incident.id if subject.incident else None,
    }


def _counted(row: Counted, menu_ids: dict[int, str]) -> dict[str, object]:
    counters = {counter.name.lower(): row.of(counter) for counter in Counter}
    return {"menu": menu_ids.get(row.menu), "source": row.source, **counters}


def _exemplar(exemplar: Exemplar, menu_ids: dict[int, str]) -> dict[str, object]:
    return {
        "menu": menu_ids.get(exemplar.menu),
        "kind": exemplar.kind.name.lower(),
        "end_ms": exemplar.end_ms,
        "duration_us": exemplar.duration_us if exemplar.duration_us >= 0 else None,
        "status": exemplar.status or None,
        "template": exemplar.template,
        "trace_id": exemplar.trace_id or None,
        "source": exemplar.source,
    }
