"""What everything else speaks of: records, the schema of labels, issues, strict JSON and escaped text."""
