"""Other people's formats to articles and annotation documents, and back: one module for each format."""
