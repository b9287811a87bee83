"""The week. The patient's window on it is in the portal's addresses."""

app_name = "scheduling"
urlpatterns: list = []
