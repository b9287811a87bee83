"""A file for a chart: what it is, and the file. Its type is read from the bytes, not from its name."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm
from patients.models import Upload


class UploadForm(ClinicForm):
    kind = forms.ChoiceField(label="Kind")
    title = forms.CharField(label="What it is", max_length=120)
    file = forms.FileField(
        label="File",
        help_text="PDF, JPEG, PNG or TIFF.",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.tif,.tiff"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, kinds: list[str]) -> None:
        super().__init__(data, files)
        labels = dict(Upload.Kind.choices)
        kind: Any = self.fields["kind"]
        kind.choices = [("", "Choose one"), *((one, labels[one]) for one in kinds)]


class WrongFileForm(ClinicForm):
    reason = forms.CharField(label="What is wrong with it", max_length=300)
