"""A site whose users sign in with django-allauth; needs its own settings, so it runs separately."""
