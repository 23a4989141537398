"""What a ticket is dealt, as a function of its number and of the pool as it stood: a recipe, examples (`sampler`), and an aim (`steer`)."""
