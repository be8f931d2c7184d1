"""A static site of a dataset that opens from disk: pages for articles and claim clusters, and an index.

`pactwire.site.static_site` writes it. The other modules turn records into plain values for the templates, which escape
all of them. No page has inline scripts or styles, so each page has a strict content security policy.
"""
