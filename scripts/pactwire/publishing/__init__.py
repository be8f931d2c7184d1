"""Publishing: a release to the Hub, with or without its texts, and back."""
