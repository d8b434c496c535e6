"""What the operations of `api` share: records read, checked, saved, found and shown."""
