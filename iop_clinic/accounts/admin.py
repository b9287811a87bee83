"""Administration of sites and of the people who sign in.

A search here is a GET, so it finds staff only: a patient's name must not stand in an address. A patient's
account is reached from their chart's page in this administration, which is found by number.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from iop_clinic.accounts.models import License, Site, StaffProfile, User
from iop_clinic.admin_site import ClinicAdmin
from iop_clinic.audit.trail import record
from iop_clinic.roles import Role

# The library's own pages would let an administrator sign in as anyone: an address, a factor, a session.
for library_model in (EmailAddress, Authenticator, UserSession, Group):
    admin.site.unregister(library_model)


@admin.register(Site)
class SiteAdmin(ClinicAdmin):
    list_display = ["name", "city", "state_code", "phone", "time_zone", "week_starts_weekday", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "city"]


class StaffForm(forms.ModelForm):
    """A person of the staff. Without a password they sign in by e-mailed code, then choose one."""

    new_password = forms.CharField(
        required=False,
        strip=False,
        min_length=12,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave empty to keep it. Without one, the person signs in by an e-mailed code.",
    )

    class Meta:
        model = User
        fields = ["email", "given_name", "family_name", "role", "sites", "is_active"]

    def clean_role(self) -> str:
        """A portal account is made on a chart, so that it opens that chart and nothing else."""
        role = str(self.cleaned_data["role"])
        if role == Role.PATIENT:
            raise forms.ValidationError("Invite the patient from their chart.")
        return role

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.is_staff = user.is_superuser = user.role == Role.ADMINISTRATOR
        if self.cleaned_data["new_password"]:
            user.set_password(self.cleaned_data["new_password"])
        elif not user.password:
            user.set_unusable_password()
        if commit:
            user.save()
            self.save_m2m()
        return user


class StaffProfileInline(admin.StackedInline):
    model = StaffProfile
    fk_name = "user"
    extra = 0
    can_delete = False
    autocomplete_fields = ["supervisor"]


@admin.register(User)
class UserAdmin(ClinicAdmin):
    """Staff; and portal accounts, not listed. Accounts are switched off, never deleted."""

    form = StaffForm
    inlines = [StaffProfileInline]
    list_display = ["family_name", "given_name", "email", "role", "is_active", "last_login"]
    list_display_links = ["family_name", "given_name"]
    list_filter = ["role", "is_active", "sites"]
    search_fields = ["email", "given_name", "family_name"]
    search_help_text = "Staff only. A patient’s account is opened from Patients, by chart number."
    filter_horizontal = ["sites"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """The list and the pickers show staff, whatever was typed."""
        return super().get_search_results(request, queryset.exclude(role=Role.PATIENT), search_term)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The old address must not get codes any more."""
        super().save_model(request, obj, form, change)
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A portal account stays a portal account: its role belongs to the chart."""
        return ["role"] if obj is not None and obj.is_patient else []


@admin.register(StaffProfile)
class StaffProfileAdmin(ClinicAdmin):
    list_display = ["user", "credential", "npi", "supervisor"]
    list_filter = ["credential"]
    list_select_related = ["user", "supervisor"]
    search_fields = ["user__family_name", "user__given_name", "npi"]
    autocomplete_fields = ["user", "supervisor"]


@admin.register(License)
class LicenseAdmin(ClinicAdmin):
    list_display = ["user", "state_code", "number", "expires_on"]
    list_filter = ["state_code"]
    list_select_related = ["user"]
    search_fields = ["user__family_name", "user__given_name", "number"]
    autocomplete_fields = ["user"]
    date_hierarchy = "expires_on"


@admin.register(Authenticator)
class SecondFactorAdmin(ClinicAdmin):
    """That a second factor exists, never its secret. Taken away when its owner has lost it."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "user__role"]
    list_select_related = ["user"]
    search_fields = ["user__family_name", "user__given_name"]
    search_help_text = "Finds staff. Patients are under their filter."
    fields = ["user", "type", "created_at", "last_used_at"]
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Authenticator], search_term: str
    ) -> tuple[QuerySet[Authenticator], bool]:
        if search_term:
            queryset = queryset.exclude(user__role=Role.PATIENT)
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        record(request.user, "admin.authenticator.deleted", obj, user_id=obj.user_id)
        super().delete_model(request, obj)
