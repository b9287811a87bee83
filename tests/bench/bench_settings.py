"""The clinic's settings with one page more: an empty view to compare with."""

from iop_clinic.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.bench_urls"
