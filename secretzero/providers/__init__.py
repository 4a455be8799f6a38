"""Providers, one module for each platform."""
