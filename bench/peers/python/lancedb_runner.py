"""LanceDB, embedded and on disk: full text and vectors joined by its own reranker (RRF), as its hybrid search comes.

Vectors are scanned without an index, which its documentation advises up to about this many rows; nothing is lost that way.
"""

from importlib.metadata import version

import lancedb
import pyarrow as pa
from lancedb.rerankers import RRFReranker

from exchange import LIMIT, run


def load(folder, docs, vectors):
    dimensions = vectors.shape[1]
    table = lancedb.connect(str(folder)).create_table(
        "bench",
        pa.table(
            {
                "id": [doc["id"] for doc in docs],
                "group": [doc["group"] for doc in docs],
                "text": [doc["text"] for doc in docs],
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), dimensions),
            }
        ),
    )
    table.create_fts_index("text")
    table.optimize()
    return table


def asker(table):
    reranker = RRFReranker()

    def ask(text, vector, group):
        query = table.search(query_type="hybrid").vector(vector).text(text).distance_type("cosine").limit(LIMIT)
        if group != "all":
            quoted = group.replace("'", "''")
            query = query.where(f"`group` = '{quoted}'", prefilter=True)
        return [row["id"] for row in query.rerank(reranker).select(["id", "text"]).to_list()[:LIMIT]]

    return ask


if __name__ == "__main__":
    run("lancedb", version("lancedb"), load, asker)
