"""Label Studio: labeling configs, tasks, results, the server, push, pull and adjudication."""
