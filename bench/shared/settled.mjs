/** Waits until a server has nothing to do but answer: what an import promised is carried out, and vectors are made. */
export async function settled(forge) {
  for (;;) {
    const { search_lag, outbox, embeddings } = JSON.parse((await forge.call('GET', '/v2/system/health')).text);
    const unread = embeddings === null ? 0 : embeddings.lag;
    if (search_lag === 0 && unread === 0 && outbox.pending === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
