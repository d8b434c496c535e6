"""Modules and fields: how they are described, and those that every organisation has."""
