"""Recognise programs that send telemetry or scrape metrics."""
