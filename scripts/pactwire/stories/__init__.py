"""Articles to stories: which tell of the same event, in any language, and which are copies of each other.

All articles of a story share one split, and so do near copies. Texts become arrays (`signatures`, `events`),
arrays are grouped (`buckets`, `copies`), groups become proposals with their evidence (`proposals`) and rows
of splits.csv (`registry`).
"""
