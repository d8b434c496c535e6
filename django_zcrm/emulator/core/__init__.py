"""The way of a request through the emulator: its server, routes, errors, faults, limits and log."""
