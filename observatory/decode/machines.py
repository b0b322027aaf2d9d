"""Tell by the name a client gives itself (its user agent) whether it is a machine that no citizen steers.

The list is part of the method and published with its version. Programs with plain HTTP libraries (curl, python-requests) may be
citizens' own and count; so do assistants that fetch a page because somebody asked them to. A name is what a client says it is: who
wants to be taken for a browser is.
"""

import re
from functools import lru_cache

MACHINES_LIST = "2026-11-30"
"""Version of the two lists below: the day they last changed."""
USER_AGENT_LENGTH_MAX = 512
"""Nobody is a machine only by what stands behind this."""

# "bot" is also in the name of a maker of telephones (Cubot), whose owners are citizens.
_CRAWLERS = (
    *("(?<!cu)bot", "crawl", "spider", "slurp", "scrap", "archiver", "yeti/", "daumoa", "ezooms", "feedfetcher", "mediapartners"),
    *("externalhit", "headless", "phantomjs", "lighthouse"),
)
_MONITORS = (
    *("probe", "health[-_ ]?check", "googlehc", "uptime", "pingdom", "statuscake", "site24x7", "monitor", "synthetic", "check_http"),
    *("zabbix", "prometheus", "blackbox", "gatus/", "openstatus", "peekaping", "checkly", "better ?stack", "sentry/", "updown\\.io"),
    *("nodeping", "hetrix", "freshping", "newrelicpinger", "catchpoint", "traffic-manager", "alwayson$", "readyforrequest", "envoy/hc"),
)
"""Also the health checks of load balancers: ELB-HealthChecker, GoogleHC, kube-probe, Edge Health Probe of Azure and others."""
_LOAD_TESTS = (r"\bk6/", "apachebench", "jmeter", "gatling", "artillery", "vegeta")
_ASSISTANTS = ("chatgpt-user", "claude-user", "perplexity-user", "mistralai-user")
"""They name themselves so when a person asked; the crawlers of the same makers have other names (GPTBot, ClaudeBot)."""

_MACHINE = re.compile("|".join((*_CRAWLERS, *_MONITORS, *_LOAD_TESTS)), re.IGNORECASE | re.ASCII)
_ASSISTANT = re.compile("|".join(_ASSISTANTS), re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=4096)
def is_automaton(user_agent: str) -> bool:
    """Say whether a user agent names itself as a crawler, a monitor or another machine that no citizen steers.

    Callers cut it to USER_AGENT_LENGTH_MAX, since answers are remembered by it.
    """
    return _MACHINE.search(user_agent) is not None and _ASSISTANT.search(user_agent) is None
