"""Agreement between annotators, and adjudication of their documents to one."""
