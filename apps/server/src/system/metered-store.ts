import type { CommitPort, CommitResult, Store } from '@forge-cascade/core';

type Observe = (result: CommitResult | { readonly outcome: 'failed' }, seconds: number) => void;

/** The same store, with every commit observed. */
export function meteredStore(store: Store, observe: Observe): Store {
  return withCommits(store, {
    async commit(request) {
      const started = performance.now();
      try {
        const result = await store.commit(request);
        observe(result, (performance.now() - started) / 1_000);
        return result;
      } catch (error) {
        observe({ outcome: 'failed' }, (performance.now() - started) / 1_000);
        throw error;
      }
    },
  });
}

/** The same store, which commits another way. */
export function withCommits(store: Store, { commit }: CommitPort): Store {
  return {
    outbox: store.outbox,
    leases: store.leases,
    vectors: store.vectors,
    overlays: store.overlays,
    replica: store.replica,
    commit,
    capsule: (ref) => store.capsule(ref),
    capsules: (ids) => store.capsules(ids),
    byKeys: (ownerId, keys) => store.byKeys(ownerId, keys),
    versions: (seriesId) => store.versions(seriesId),
    list: (filter, limit, cursor) => store.list(filter, limit, cursor),
    lineage: (id, direction, depth) => store.lineage(id, direction, depth),
    search: (request) => store.search(request),
    anticipate: (request) => store.anticipate?.(request),
    similar: (request) => store.similar(request),
    entries: (query) => store.entries(query),
    checkpoint: () => store.checkpoint(),
    inclusionProof: (seq, size) => store.inclusionProof(seq, size),
    consistencyProof: (oldSize, newSize) => store.consistencyProof(oldSize, newSize),
    status: () => store.status(),
    settled: () => store.settled(),
    close: () => store.close(),
  };
}
