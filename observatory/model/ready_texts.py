"""Offer ready texts for what people are told while a service fails, in both languages: a first message must not wait for its words."""

from collections.abc import Mapping

from observatory.model.incident_update import Stage
from observatory.model.text import Text

READY_TEXTS: Mapping[Stage, Text] = {
    "investigating": Text(
        "%(service)s 이용에 문제가 있습니다. 원인을 확인하고 있으며, 확인되는 대로 이곳에 알려 드리겠습니다. 불편을 드려 죄송합니다.",
        "%(service)s does not work as it should. We are looking for the cause and will write here as soon as we know more. We are sorry.",
    ),
    "identified": Text(
        "%(service)s 장애의 원인을 찾아 고치고 있습니다. 그동안 급한 일은 이 쪽에 적힌 다른 방법을 이용해 주십시오.",
        "We know why %(service)s fails, and are mending it. If it is urgent, please use the other ways named on this page meanwhile.",
    ),
    "monitoring": Text(
        "%(service)s을(를) 고쳤습니다. 제대로 되는지 지켜보고 있습니다. 아직 안 되면 잠시 뒤에 다시 해 주십시오.",
        "%(service)s has been mended. We are watching whether it holds. If it does not work for you yet, please try again in a while.",
    ),
    "resolved": Text(
        "%(service)s 장애가 끝나 다시 이용하실 수 있습니다. 불편을 드려 죄송합니다. 원인과 고친 내용은 이곳에 따로 알려 드리겠습니다.",
        "%(service)s works again. We are sorry for the trouble. What happened and what we change will be written here.",
    ),
}


def ready_text(stage: Stage, service_name: Text) -> Text | None:
    """Return the text of a stage about a service; None if there is none."""
    found = READY_TEXTS.get(stage)
    return found and Text(found.ko % {"service": service_name.ko}, found.en % {"service": service_name.in_language("en")})
