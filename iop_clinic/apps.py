"""App configurations of the ground floor."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class GroundConfig(AppConfig):
    name = "iop_clinic"
    label = "ground"


class ClinicAdminConfig(AdminConfig):
    default_site = "iop_clinic.admin_site.ClinicAdminSite"
