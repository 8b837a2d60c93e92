import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { watchOutput } from './watch-output.js';

/** A stream on which every write fails with `code`. */
function failing(code: string | null): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => setImmediate(done, code === null ? null : Object.assign(new Error(), { code })),
  });
}

it.each([
  ['ENOSPC', 'ENOSPC'],
  ['EIO', 'EIO'],
  ['EPIPE', null],
  [null, null],
])('[CLI-21] what was printed and ended with %s is taken for %s', async (code, fault) => {
  const stream = failing(code);
  const watched = watchOutput(stream);
  stream.write('what was asked for\n');
  expect(await watched.fault()).toBe(fault);
});
