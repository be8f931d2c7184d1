"""Draft annotation documents for articles without labels, from names that a dataset knows or from models."""
