"""The pages to look into an emulator with."""
