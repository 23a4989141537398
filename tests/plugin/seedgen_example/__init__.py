"""What docs/plugins.md shows: a plug-in of every kind."""
