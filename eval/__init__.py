"""Measures of the running product, each printed by a command."""
