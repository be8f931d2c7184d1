"""A dataset to a static site that a browser opens from disk: pages of articles, claim clusters and an index.

`pactwire.site.static_site` writes it; the other modules turn records into plain values for the templates,
which escape all of them. No page holds a script or a style of its own, so a strict content security
policy stands in each.
"""
