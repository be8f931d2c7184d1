"""Pactwire: news articles as a versioned Hugging Face dataset with proven annotations."""
