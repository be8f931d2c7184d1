"""Judging annotators: documents to their agreement, and to one adjudicated document."""
