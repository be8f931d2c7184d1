"""Names that an annotated dataset knows, and articles without labels, to draft annotation documents."""
