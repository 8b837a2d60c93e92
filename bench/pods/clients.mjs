/** Clients of pods that read and write at once, and go to another pod when theirs is gone. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of five requests three search, one reads a capsule, one writes. */
const [CYCLE, WRITES, READS] = [5, 0, 1];
/** How often a request is sent before its client gives up, and the milliseconds in between. */
const [TRIES, PAUSE] = [50, 50];

/**
 * `count` clients for `seconds`, spread over the pods in turn, one request at a time each. A request whose connection failed
 * is sent to the next pod, under its own idempotency key, and its client stays there. `work` is `{ queries, ids, note }`.
 * @returns `{ answers, written, cutOff, refusals, unanswered, elapsed }`: every answer as `{ at, ms, pod }`; the titles of
 *   acknowledged writes; attempts whose connection failed; what was answered with no success, and what never was.
 */
export async function clientsOf(pods, count, seconds, work) {
  const state = { answers: [], written: [], cutOff: 0, refusals: [], unanswered: 0 };
  const started = performance.now();
  const end = started + seconds * 1_000;
  let turn = 0;
  const client = async (_, i) => {
    for (let pod = i % pods.length; performance.now() < end;) pod = await send(pods, pod, turn++, work, state);
  };
  await Promise.all(Array.from({ length: count }, client));
  return { ...state, elapsed: (performance.now() - started) / 1_000 };
}

/** @returns the pod that the client stays with */
async function send(pods, home, turn, work, state) {
  const began = performance.now();
  const { call, title } = requestOf(turn, work);
  let pod = home;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await call(pods[pod]);
      const at = performance.now();
      state.answers.push({ at, ms: at - began, pod });
      if (title !== null) state.written.push(title);
      return pod;
    } catch (error) {
      // Failures of a connection have a code; anything else is an answer, and no pod would give a better one.
      if (error.code === undefined) {
        state.refusals.push(error.message);
        return pod;
      }
      state.cutOff++;
      pod = (pod + 1) % pods.length;
      if (attempt > 0) await sleep(PAUSE);
    }
  }
  state.unanswered++;
  return pod;
}

function requestOf(turn, { queries, ids, note }) {
  if (turn % CYCLE === WRITES) {
    // Without a key of its own the capsule would be stored twice if the write was carried out twice.
    const title = randomUUID();
    const headers = { 'idempotency-key': title };
    const body = note(title);
    return { title, call: (pod) => pod.call('POST', '/v2/capsules', body, headers) };
  }
  const path =
    turn % CYCLE === READS
      ? `/v2/capsules/${ids[(turn * 7_919) % ids.length]}`
      : `/v2/capsules/search?limit=10&q=${encodeURIComponent(queries[turn % queries.length])}`;
  return { title: null, call: (pod) => pod.call('GET', path) };
}
