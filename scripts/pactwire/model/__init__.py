"""The data model: records, label schema, issues, strict JSON and escaping. Every other room builds on it."""
