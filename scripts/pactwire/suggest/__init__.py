"""Draft annotation documents of unlabeled articles, from the names that a dataset knows or from trained models."""
