"""Everything about Zoho CRM, and nothing about Django: usable from a plain script."""
