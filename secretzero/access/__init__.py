"""Governed access to stores."""
