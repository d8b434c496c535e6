"""The pages that show an emulator's data."""
