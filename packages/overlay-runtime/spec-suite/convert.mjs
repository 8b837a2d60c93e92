/**
 * Converts the WebAssembly specification's test suite to what the tests here read: one compressed JSON file for each
 * script, with its modules inside.
 *
 *   node packages/overlay-runtime/spec-suite/convert.mjs CHECKOUT
 *
 * CHECKOUT is a clone of https://github.com/WebAssembly/testsuite at the commit below. Needs `wast2json` of wabt 1.0.32
 * on the PATH. Scripts about SIMD and modules in the text format are left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

export const COMMIT = '3a04b2cf93bd8fce277458d419eea8d9c326345c';

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error('Name the folder of a clone of the test suite.');
const out = new URL('core/', import.meta.url);
let bytes = 0;
for (const script of readdirSync(checkout).filter((name) => name.endsWith('.wast') && !name.startsWith('simd_'))) {
  const name = basename(script, '.wast');
  const folder = mkdtempSync(join(tmpdir(), 'spec-suite-'));
  execFileSync('wast2json', [join(checkout, script), '-o', join(folder, 'script.json')]);
  const { commands } = JSON.parse(readFileSync(join(folder, 'script.json'), 'utf8'));
  const kept = commands
    .filter((command) => command.module_type !== 'text')
    .map(({ filename, ...rest }) =>
      filename === undefined ? rest : { ...rest, wasm: readFileSync(join(folder, filename)).toString('base64') },
    );
  rmSync(folder, { recursive: true });
  const packed = brotliCompressSync(JSON.stringify(kept), { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } });
  writeFileSync(new URL(`${name}.json.br`, out), packed);
  bytes += packed.length;
}
console.log(`${bytes} bytes`);
