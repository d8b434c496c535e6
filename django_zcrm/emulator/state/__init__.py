"""What an emulator holds: plain data."""
