from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "iop_clinic.accounts"
    label = "accounts"
    verbose_name = "Sites and people"
