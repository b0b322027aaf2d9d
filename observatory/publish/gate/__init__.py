"""Answer the pipelines of others: webhooks come in, and the answer of the gate goes to where they ask for it."""
