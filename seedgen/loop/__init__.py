"""Tickets walked at the same time, finished in order: `loop` lets them go, `ticket` is the walk of each, `turns` what is done in order."""
