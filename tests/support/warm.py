"""Imports that every command would repeat, loaded once in the process that others are forked from."""

import babel.numbers
import jsonschema_rs
import py3langid.langid
import rensa

from pactwire.text import zones

__all__ = ["babel", "jsonschema_rs", "py3langid", "rensa"]

zones.detect_zones("A text whose language is to be told apart from others.")
