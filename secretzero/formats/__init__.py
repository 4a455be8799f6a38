"""Formats of files: parse, edit in place, write; no input or output."""
