"""Finds out why a connection does not work, step by step, and says what to do.

`examination` is the whole of it; `probe` is the live call, which the admin makes too.
"""
