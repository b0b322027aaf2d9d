"""Turn OTLP logs, traces and metrics, as protobuf or JSON, into columns."""
