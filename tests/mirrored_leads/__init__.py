"""A site whose connections belong to tenants; it needs its own settings, so it runs separately."""
