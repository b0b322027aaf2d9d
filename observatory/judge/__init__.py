"""Counters become verdicts, incidents and figures. Pure."""
