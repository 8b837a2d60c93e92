/** Commits for benches: what a use case would send, without its reads. */
import { commitOf } from '@forge-cascade/core/contract';

/** Commits that may not lose. `events` are sealed events or given capsules. */
export async function commit(store, events, rest = {}) {
  const result = await store.commit(commitOf(events, rest));
  if (result.outcome !== 'committed') throw new Error(`the commit lost: ${result.outcome}`);
  return result;
}

/** Commits given capsules in their order, `size` to a commit, and reports how fast. */
export async function commitAll(store, capsules, { size = 64, inFlight = 8 } = {}) {
  const started = performance.now();
  let count = 0;
  const underway = new Set();
  const send = async (group) => {
    // Bounded, and in order: the engine takes commits in the order in which they were sent.
    if (underway.size >= inFlight) await Promise.race(underway);
    const one = commit(store, group).finally(() => underway.delete(one));
    underway.add(one);
    count += group.length;
  };
  let group = [];
  for (const capsule of capsules) {
    group.push(capsule);
    if (group.length < size) continue;
    await send(group);
    group = [];
  }
  if (group.length > 0) await send(group);
  await Promise.all(underway);
  const seconds = (performance.now() - started) / 1_000;
  console.log(`${count} capsules stored in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s)`);
}

/** Waits until every stored capsule can be found, so that nothing timed pays for indexing. */
export async function indexed(store) {
  const started = performance.now();
  while ((await store.status()).searchLag > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(`all searchable after another ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
