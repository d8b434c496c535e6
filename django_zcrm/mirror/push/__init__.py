"""From the tables to Zoho."""
