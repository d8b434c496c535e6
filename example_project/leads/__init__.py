"""The lead desk: pages over `zcrm.for_user(request.user)`. It has no models."""
