"""The gate: ordered filters, cheapest first, that decide which candidate instructions join the pool.

`gate.py` holds the order and the protocol; every other file is one filter, listed here by cost: `shape` looks at the text alone, `exact`
looks it up, `balance` counts, `rouge` compares words and `semantic` compares meanings.
"""
