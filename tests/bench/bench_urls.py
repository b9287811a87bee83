"""The clinic's addresses and an empty view behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from iop_clinic.access import public


@public
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("empty/", empty, name="empty"), path("", include("iop_clinic.urls"))]
