"""Machines are told from people by the name they give themselves."""

import pytest

from observatory.decode.machines import is_automaton


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)",
        "Mozilla/5.0 (compatible; Daum/4.1; +http://cs.daum.net/faq/15/4118.html) Daumoa",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
        "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "GOOGLEBOT",
        "kube-probe/1.31",
        "ELB-HealthChecker/2.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36",
        "UptimeRobot/2.0",
        "Gatus/1.0",
        "OpenStatus/1.0",
        "peekaping/0.0.41",
        "Checkly/1.0 (https://www.checklyhq.com)",
        "k6/1.3.0 (https://k6.io/)",
        "Grafana k6/0.57.0",
        "Blackbox Exporter/0.27.0",
        "Uptime-Kuma/2.0.2",
        "SentryUptimeBot/1.0 (+http://docs.sentry.io/product/alerts/uptime-monitoring/)",
        "Better Stack Better Uptime Bot Mozilla/5.0",
        "GoogleHC/1.0",
        "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)",
        "Amazon-Route53-Health-Check-Service (ref 5; report http://amzn.to/1vsZADi)",
        "Edge Health Probe",
        "Azure Traffic Manager Endpoint Monitor",
        "AlwaysOn",
        "ReadyForRequest/1.0 (AppService)",
        "Mozilla/5.0 (compatible; Cloudflare-Healthchecks/1.0; +https://www.cloudflare.com/; healthcheck-id: 1)",
        "Envoy/HC",
        "Consul Health Check",
        "ApacheBench/2.3",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    ],
)
def test_machines_that_name_themselves_are_recognised(user_agent: str) -> None:
    assert is_automaton(user_agent)


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14; SM-S921N) SamsungBrowser/28.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) KAKAOTALK 25.1.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) NAVER(inapp; search; 2000; 12.1.0)",
        "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
        "python-requests/2.34",
        "curl/8.14.1",
        "Go-http-client/2.0",
        "okhttp/5.1.0",
        "axios/1.12.0",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
        "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        "Mozilla/5.0 (compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
        "Mozilla/5.0 (compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
        "Mozilla/5.0 (Linux; Android 14; K6 Pro) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    ],
)
def test_browsers_and_programs_of_citizens_are_no_machines(user_agent: str) -> None:
    assert not is_automaton(user_agent)
