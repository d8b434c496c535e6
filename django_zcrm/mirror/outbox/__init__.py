"""Puts local changes into the outbox, and compares the outbox with records that are read."""
