"""Run the processes that serve: a parent, and a worker with its application."""
