"""Stories: which articles report the same event in any language, or are near duplicates of each other.

All articles of a story share one split, and so do near duplicates. Texts become arrays (`signatures`,
`event_features`), the arrays are grouped (`candidate_pairs`, `near_duplicates`, `same_events`), and the groups become
proposals with their evidence (`proposals`) and rows of splits.csv (`registry`).
"""
