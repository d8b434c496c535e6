"""The probes, against emulators whose guesses are known."""
