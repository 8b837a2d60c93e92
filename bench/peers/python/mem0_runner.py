"""mem0 without a language model: `mem0_runner.py FOLDER qdrant|chroma`.

Qdrant, embedded, is the store it comes with: it looks at every memory in Python, so it is for some thousands of them; for
more there is an embedded chromadb. Qdrant is kept in memory here: on disk it syncs after every memory, which takes half an
hour for 100,000, and it searches in memory either way. Words are off: they need a model from a hub, and chromadb has none.
Memories go into the store by batches; searches go all the way through mem0's own `search`, with the question's vector
looked up.
"""

import logging
import os
import sys
import uuid
from importlib.metadata import version

from exchange import LIMIT, batches, run

# Read when it is imported. The key is never used: no language model is called.
os.environ.update(MEM0_TELEMETRY="False", OPENAI_API_KEY="unused")


STORE = sys.argv[2]


def store_config(folder, dimensions):
    if STORE == "chroma":
        return {"path": str(folder / "chroma"), "collection_name": "bench"}
    from qdrant_client import QdrantClient

    return {"client": QdrantClient(":memory:"), "collection_name": "bench", "embedding_model_dims": dimensions}


class Known:
    """An embedder that was told the vector before."""

    vector = None

    def embed(self, _text, _action=None):
        return self.vector


def load(folder, docs, vectors):
    os.environ["MEM0_DIR"] = str(folder / "home")
    from mem0 import Memory

    logging.disable(logging.WARNING)
    memory = Memory.from_config(
        {
            "history_db_path": str(folder / "history.db"),
            "vector_store": {"provider": STORE, "config": store_config(folder, vectors.shape[1])},
        }
    )
    memory.embedding_model = Known()
    memory.names = {}
    for part in batches(len(docs), 1_000):
        ids = [str(uuid.uuid4()) for _ in docs[part]]
        memory.names.update(zip(ids, (doc["id"] for doc in docs[part])))
        memory.vector_store.insert(
            vectors=vectors[part].tolist(),
            ids=ids,
            payloads=[{"data": doc["text"], "user_id": doc["group"], "hash": doc["id"]} for doc in docs[part]],
        )
    return memory


def asker(memory):
    def ask(text, vector, group):
        memory.embedding_model.vector = vector.tolist()
        answer = memory.search(text, top_k=LIMIT, filters={"user_id": group}, threshold=0.0)
        return [memory.names[hit["id"]] for hit in answer["results"]]

    return ask


if __name__ == "__main__":
    run(f"mem0-{STORE}", version("mem0ai"), load, asker)
