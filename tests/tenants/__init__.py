"""A site whose connections belong to tenants; with settings of its own, so run by itself."""
