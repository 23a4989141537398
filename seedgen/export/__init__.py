"""Datasets to train on: a run's accepted items in a format that trainers read, with their provenance in a file beside it."""

from seedgen.export.dataset import ExportReport as ExportReport
from seedgen.export.dataset import export as export
from seedgen.export.formats import FORMATS as FORMATS
