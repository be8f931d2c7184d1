"""Files, folders and remote stores: atomic replacement, locks, bulk records, executors, generated Markdown."""
