"""Turn counters into verdicts, incidents and figures. Pure."""
