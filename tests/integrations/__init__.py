"""django-zcrm together with third-party packages, each of them the real one."""
