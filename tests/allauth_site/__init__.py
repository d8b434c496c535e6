"""A site whose users sign in by django-allauth; with settings of its own, so run by itself."""
