"""The site that gunicorn serves for `mirror_notices`: that of the tests, and an empty view."""

from __future__ import annotations

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
settings.DATABASES["default"].update(NAME=os.environ["BENCHMARK_DATABASE"], CONN_MAX_AGE=None)
settings.ROOT_URLCONF = __name__

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


@csrf_exempt
def respond(request: HttpRequest) -> HttpResponse:
    """Read the body, and do nothing."""
    len(request.body)
    return HttpResponse()


application = get_wsgi_application()
urlpatterns = [path("empty/", respond), path("zcrm/", include("django_zcrm.urls"))]
