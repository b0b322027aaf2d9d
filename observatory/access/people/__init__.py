"""Recognise people: how they prove who they are, and what keeps them signed in."""
