"""The commands of ``pactwire``, one module for each group; `pactwire.cli.main` puts them together."""
