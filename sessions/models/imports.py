"""Imports: which row of whose file became which record, and the runs started in the browser."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User


class ImportedRow(models.Model):
    """The clinic's own number for a record (`key`), kept so that a second import finds it again."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=240)
    object_id = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the row as it was imported.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="imported_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class ImportRun(models.Model):
    """One upload: checked by the worker, confirmed by a person, loaded by the worker."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked"
        LOADING = "loading", "Being loaded"
        DONE = "done", "Loaded"
        FAILED = "failed", "Not loaded"
        DISCARDED = "discarded", "Discarded"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    report = models.JSONField(default=dict)
    doing = models.CharField(max_length=60, blank=True)
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField(db_default=Now(), help_text="When a worker last said something.")
    sentence = models.CharField(max_length=400, blank=True, help_text="Why it was not loaded.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(finished_at__isnull=False), name="import_done_has_an_instant"
            )
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.LOADING)

    @property
    def progress_words(self) -> str:
        """ "Writing attendance: 86,368 of 165,592 rows" """
        doing = self.doing or "Waiting for the worker"
        return f"{doing}: {self.done_count:,} of {self.total_count:,} rows" if self.total_count else doing

    @property
    def percent(self) -> int:
        return 100 * self.done_count // self.total_count if self.total_count else 0


class ImportFile(models.Model):
    """An uploaded file, kept until its run is loaded or discarded."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=40)
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="import_file_once_per_run")]

    def __str__(self) -> str:
        return self.name
