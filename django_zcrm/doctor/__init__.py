"""Diagnoses a connection that does not work, step by step, and recommends what to do.

`diagnostics` runs all steps; `live_call` is one of them, which the admin uses too.
"""
