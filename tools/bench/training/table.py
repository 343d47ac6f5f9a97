"""Writes the CSV that is measured, 200,000 rows of 40 numbers and 10 categories, to a path."""

import sys

import numpy as np
import pandas as pd

ROWS, NUMBERS, CATEGORIES = 200_000, 40, 10

random = np.random.default_rng(0)
columns = {f"n{i}": random.normal(size=ROWS).round(4) for i in range(NUMBERS)}
for i in range(CATEGORIES):
    columns[f"c{i}"] = random.choice([f"v{j}" for j in range(3 + i)], size=ROWS)
table = pd.DataFrame(columns)
score = table.n0 + table.n1 * table.n2 - (table.c0 == "v1") + random.normal(size=ROWS)
table["y"] = np.where(score > 0.5, "yes", "no")
table.to_csv(sys.argv[1], index=False)
