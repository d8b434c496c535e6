"""What is due, and who does it."""
