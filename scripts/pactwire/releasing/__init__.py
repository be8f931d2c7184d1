"""Releasing: what changed between versions of a dataset, and what a version has to satisfy."""
