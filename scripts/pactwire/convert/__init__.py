"""Import of external annotation formats into articles and documents, and export to them.

`pactwire.convert.formats` has one module for each format; the modules here are what all formats share.
"""
