from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "iop_clinic.messages"
    label = "iop_messages"
    verbose_name = "Messages"
