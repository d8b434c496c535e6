"""From Zoho into the tables."""
