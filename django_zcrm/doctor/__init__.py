"""Finds out why a connection does not work, step by step, and says what to do.

`diagnostics` runs all steps; `live_call` is one of them, which the admin makes too.
"""
