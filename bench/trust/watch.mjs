/** A reader that never stops looking at the descendants of a capsule, and knows what it may be told. */

/** How many descendants one read by ids asks for. */
const ASKED = 20;

/** What a decrease promises its readers from the acknowledgement on; a rise promises nothing before it has settled. */
const promise = (trust) => ({ bound: trust, tainted: trust < 40 });

const capsulesOf = (page) => page.items.map((hit) => hit.capsule);

export function watch(store, descendants) {
  const seen = {
    reads: 0,
    checked: 0,
    checkedWhileSpreading: 0,
    stale: 0,
    firstStale: null,
    promised: promise(Infinity),
    spreading: false,
    stopped: false,
  };
  const known = new Set(descendants);

  /** Standing is judged by what was promised when the read began, unless the promise was replaced meanwhile. */
  async function check(how, read) {
    const { promised, spreading } = seen;
    const capsules = await read();
    if (seen.promised !== promised) return;
    seen.reads++;
    for (const capsule of capsules) {
      if (!known.has(capsule.id)) continue;
      seen.checked++;
      if (spreading) seen.checkedWhileSpreading++;
      if (capsule.chainTrust <= promised.bound && (capsule.tainted || !promised.tainted)) continue;
      seen.stale++;
      seen.firstStale ??= { how, chainTrust: capsule.chainTrust, tainted: capsule.tainted, ...promised };
    }
  }

  let turn = 0;
  const some = () => Array.from({ length: ASKED }, () => descendants[(turn += 7_919) % descendants.length]);
  const filter = { tags: ['descendant'], includeRetracted: true };
  const searchable = { query: 'descendant', limit: 50, cursor: null, explain: false, includeContent: false };
  const last = descendants.at(-1);

  const reads = [
    () => check('capsules', () => store.capsules(some())),
    () => check('search', async () => capsulesOf(await store.search({ ...searchable, filter }))),
    // A filter that descendants no longer pass must not find any of them.
    () =>
      check('search above', async () => {
        const minTrust = Math.min(100, seen.promised.bound + 1);
        return capsulesOf(await store.search({ ...searchable, filter: { ...filter, minTrust } }));
      }),
    () => check('list', async () => (await store.list(filter, 100, null)).items),
    () => check('lineage', async () => (await store.lineage(last, 'ancestors', 4)).nodes),
  ];
  async function readOn() {
    for (let i = 0; !seen.stopped; i++) await reads[i % reads.length]();
  }
  const reading = readOn();

  return {
    get reads() {
      return seen.reads;
    },
    get checked() {
      return seen.checked;
    },
    get checkedWhileSpreading() {
      return seen.checkedWhileSpreading;
    },
    get stale() {
      return seen.stale;
    },
    get firstStale() {
      return seen.firstStale;
    },
    /** Runs the commit that sets the root's trust to `trust`; its promise holds from the moment it resolves. */
    async during(trust, change) {
      seen.promised = promise(Infinity);
      await change();
      seen.spreading = true;
      seen.promised = promise(trust);
    },
    /** After settling, every descendant must show exactly what the root allows. */
    async settled() {
      seen.spreading = false;
      const { bound, tainted } = seen.promised;
      for (let at = 0; at < descendants.length; at += 1_000) {
        for (const capsule of await store.capsules(descendants.slice(at, at + 1_000))) {
          if (capsule.chainTrust === bound && capsule.tainted === tainted) continue;
          seen.stale++;
          seen.firstStale ??= { how: 'settled', chainTrust: capsule.chainTrust, tainted: capsule.tainted, bound };
        }
      }
    },
    async stop() {
      seen.stopped = true;
      await reading;
    },
  };
}
