"""Programs that send telemetry or scrape metrics: how they are recognised."""
