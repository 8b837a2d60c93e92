/**
 * `fetch` that stops for certain. The platform's holds the signal of a request so loosely that after a garbage
 * collection an abort no longer reaches a body that is still arriving: the connection stays, and the provider goes on
 * writing for nobody.
 * @module
 */

export async function abortableFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(input, init);
  const { signal } = init;
  if (!signal || response.body === null) return response;
  const reader = response.body.getReader();
  const stop = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        signal.removeEventListener('abort', stop);
        if (signal.aborted) controller.error(signal.reason);
        else controller.close();
      },
      async cancel(reason) {
        signal.removeEventListener('abort', stop);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
