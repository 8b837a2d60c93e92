"""What every peer's runner has in common: the documents, vectors and questions it is given, and the times it hands back.

    runner.py FOLDER [HOW]

FOLDER holds meta.json, docs.jsonl, vectors.f32, queries.jsonl, query-vectors.f32; found.json is written there.
Questions are asked one after the other, each once. Embedding is no part of any time: the vectors are made already.
"""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

LIMIT = 10
WARM_UP = 20


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def run(name, version, load, asker):
    """load(folder, docs, vectors) -> store; asker(store) -> ask(text, vector, group) -> ids, best first."""
    folder = Path(sys.argv[1])
    dimensions = json.loads((folder / "meta.json").read_text())["dimensions"]
    docs = lines(folder / "docs.jsonl")
    queries = lines(folder / "queries.jsonl")
    vectors = np.fromfile(folder / "vectors.f32", dtype="<f4").reshape(-1, dimensions)
    query_vectors = np.fromfile(folder / "query-vectors.f32", dtype="<f4").reshape(-1, dimensions)
    if len(vectors) != len(docs) or len(query_vectors) != len(queries):
        raise SystemExit("documents and vectors, or questions and vectors, are not as many")

    own = folder / name
    own.mkdir()
    started = time.perf_counter()
    store = load(own, docs, vectors)
    load_s = time.perf_counter() - started
    ask = asker(store)
    for doc, vector in list(zip(docs, vectors))[:WARM_UP]:
        ask(doc["text"][:60], vector, doc["group"])
    ms, found = [], []
    for query, vector in zip(queries, query_vectors):
        started = time.perf_counter()
        ids = ask(query["text"], vector, query["group"])
        ms.append((time.perf_counter() - started) * 1000)
        found.append(ids)
    (folder / "found.json").write_text(json.dumps({"version": version, "load_s": load_s, "ms": ms, "found": found}))
    shutil.rmtree(own, ignore_errors=True)


def batches(count, size):
    for start in range(0, count, size):
        yield slice(start, min(count, start + size))
