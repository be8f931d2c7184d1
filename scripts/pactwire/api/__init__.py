"""The public API: datasets as objects, over the rooms that do the work; `pactwire` exports what is promised."""
