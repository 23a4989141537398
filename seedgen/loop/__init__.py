"""Tickets walked at the same time and finished in order: `loop` lets them go, `ticket` is the one walk of each, `turns` what is done in order."""
