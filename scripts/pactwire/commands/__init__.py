"""The commands of ``pactwire``, one module for each group; `pactwire.cli` puts them together."""
