"""Datasets to train on: a run's accepted items in a format that trainers read, with their provenance in a file beside it."""

from seedgen.dataset.export import ExportReport as ExportReport
from seedgen.dataset.export import export as export
