"""The probes, by subject. Each determines Zoho's behaviour for one guess of the emulator."""
