"""Makes the metrics and scikit-learn's scores of them that the test compares with.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python make-reference.py
"""

import json
from pathlib import Path

import numpy
import sklearn
from sklearn.ensemble import IsolationForest

rng = numpy.random.default_rng(20)


def table(rows, unusual):
    """Latency, load, error rate, queue length, cache hits of a service; the unusual ones fail in four ways."""
    load = rng.normal(45, 12, rows).clip(2, 98)
    latency = rng.lognormal(3.2 + load / 120, 0.35, rows)
    errors = rng.beta(1.2, 180, rows)
    queue = rng.poisson(load / 9, rows).astype(float)
    hits = (0.86 - load / 900 + rng.normal(0, 0.03, rows)).clip(0, 1)
    values = numpy.stack([latency, load, errors, queue, hits], axis=1)
    labels = numpy.zeros(rows, dtype=int)
    picked = rng.choice(rows, unusual, replace=False)
    for order, row in enumerate(picked):
        labels[row] = 1
        if order % 4 == 0:
            values[row, 0] *= rng.uniform(4, 9)
        elif order % 4 == 1:
            values[row, 2] = rng.uniform(0.08, 0.4)
        elif order % 4 == 2:
            values[row, 1], values[row, 3] = rng.uniform(88, 99), rng.uniform(30, 70)
        else:
            values[row, 4], values[row, 0] = rng.uniform(0.05, 0.4), values[row, 0] * 2.5
    return values.round(4), labels


cases = []
for name, rows, unusual in (("service", 800, 40), ("small", 120, 8)):
    values, labels = table(rows, unusual)
    scores = -IsolationForest(n_estimators=100, max_samples=min(256, rows), random_state=7).fit(values).score_samples(values)
    other = -IsolationForest(n_estimators=100, max_samples=min(256, rows), random_state=8).fit(values).score_samples(values)
    cases.append({"name": name, "rows": values.tolist(), "labels": labels.tolist(), "scores": scores.round(5).tolist(), "again": other.round(5).tolist()})
Path(__file__).with_name("reference.json").write_text(json.dumps({"scikit_learn": sklearn.__version__, "cases": cases}) + "\n")
