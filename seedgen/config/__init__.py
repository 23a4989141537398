"""What a run is told: `section` says what settings are, `model` which there are, `layers` where they come from, `kinds` what they mean for
a kind of teacher, `words` how what is wrong with one is said.
"""
