"""What describes a dataset: its card, Croissant metadata, plots and generated parts of Markdown files."""
