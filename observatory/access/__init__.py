"""Recognise who is asking."""
