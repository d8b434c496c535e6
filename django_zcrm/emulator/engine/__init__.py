"""Functions shared by the operations of `api`: read, check, save, find and show records."""
