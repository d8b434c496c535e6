"""Checks the emulator's guesses against a real organisation: `zcrm_probe`."""
