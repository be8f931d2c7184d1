"""The Label Studio side: labeling configs, tasks and results, the server, push and pull."""
