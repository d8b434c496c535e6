"""What an emulator holds: plain data that knows no requests."""
