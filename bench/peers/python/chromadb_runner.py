"""chromadb, embedded and on disk: its graph index over cosine, as it comes. It ranks by vectors alone."""

import chromadb
from chromadb.config import Settings

from exchange import LIMIT, batches, run


def load(folder, docs, vectors):
    client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        "bench", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for part in batches(len(docs), 5_000):
        collection.add(
            ids=[doc["id"] for doc in docs[part]],
            embeddings=vectors[part],
            documents=[doc["text"] for doc in docs[part]],
            metadatas=[{"group": doc["group"]} for doc in docs[part]],
        )
    return collection


def asker(collection):
    def ask(_text, vector, group):
        where = None if group == "all" else {"group": group}
        answer = collection.query(
            query_embeddings=[vector], n_results=LIMIT, where=where, include=["documents", "distances"]
        )
        return answer["ids"][0]

    return ask


if __name__ == "__main__":
    run("chromadb", chromadb.__version__, load, asker)
