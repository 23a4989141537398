"""The gate: ordered filters, cheapest first, that decide which candidate instructions join the pool.

`gate.py` holds the order, `filter.py` what every filter is; of the others each is one filter, in the order asked: `shape` looks at the text
alone, `exact` looks it up, `decontamination` compares it with evaluation data, `language`, `privacy` and `custom` look at the candidate
alone, `balance` counts, `rouge` compares words and `semantic` compares meanings. (`packed` and `pairs` belong to `rouge`.)
"""
