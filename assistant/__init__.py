"""Answer teachers from the library: engines, retrieval, evidence, grounded answers."""
