"""A teacher's question to a checked answer: query → retrieve → evidence → prompt → model → verify."""
