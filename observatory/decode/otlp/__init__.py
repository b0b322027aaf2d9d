"""OTLP logs, traces and metrics, as protobuf or JSON, become columns."""
