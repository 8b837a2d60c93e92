/** What stands beside the calls of the bench: the same module called in this thread, and messages to a thread that echoes. */
import { Worker } from 'node:worker_threads';
import { prepareModule } from '@forge-cascade/overlay-runtime';

const { WebAssembly } = globalThis;

/** `call(text)` → text, through the module's memory, in this thread: no queue, no checks, no deadline. */
export async function bareCalls(bytes, manifest) {
  const rules = { imports: ['db_read'], handlers: manifest.exports, memoryPages: manifest.memoryLimitPages };
  const module = await WebAssembly.compile(prepareModule(bytes, rules).bytes);
  const { exports } = new WebAssembly.Instance(module, { host: { db_read: () => 0n } });
  const memory = Buffer.from(exports.memory.buffer);
  return (text) => {
    exports['forge.fuel'].value = 1_000_000n;
    const length = Buffer.byteLength(text);
    const at = exports.ov_alloc(length);
    memory.write(text, at);
    const packed = exports.echo(at, length);
    const from = Number(packed >> 32n);
    const output = memory.toString('utf8', from, from + Number(packed & 0xffff_ffffn));
    exports.ov_free(at, length);
    return output;
  };
}

/** `send(text)` → promise of the text that came back by `postMessage`. */
export function messageEcho() {
  const worker = new Worker(
    "const { parentPort } = require('node:worker_threads'); parentPort.on('message', (text) => parentPort.postMessage(text));",
    { eval: true },
  );
  const waiting = [];
  worker.on('message', (text) => waiting.shift()(text));
  return {
    send: (text) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        worker.postMessage(text);
      }),
    close: () => worker.terminate(),
  };
}
