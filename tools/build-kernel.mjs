/**
 * Compiles the vector index's inner loops and writes their bytes as TypeScript, so that neither installing nor building
 * the product needs the compiler.
 *
 *   node tools/build-kernel.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = new URL('../packages/core/src/search/vectors/', import.meta.url);
const SOURCE = 'kernel/vector-kernel.ts';
export const TARGET = new URL('kernel-bytes.ts', folder);

// The index makes the memory, so that it can bound it; the kernel itself allocates nothing.
const FLAGS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'].concat(
  ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ['--use', 'abort=', '--outFile', 'kernel.wasm'],
);

/** @returns {Promise<Uint8Array>} the WebAssembly module */
export async function compileKernel() {
  /** @type {Uint8Array | undefined} */
  let module;
  const { error, stderr } = await asc.main([SOURCE, ...FLAGS], {
    readFile: (name) => (name === SOURCE ? readFileSync(new URL(name, folder), 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm' && typeof contents !== 'string') module = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || module === undefined) {
    throw new Error(`the kernel does not compile:\n${stderr.toString()}`, { cause: error });
  }
  return module;
}

/** @param {Uint8Array} module */
export function kernelFile(module) {
  const lines =
    Buffer.from(module)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  return `// Generated from ${SOURCE} by tools/build-kernel.mjs; a test compares the two.

/** The compiled kernel (${module.length} bytes), in base64. */
export const KERNEL_BYTES =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const module = await compileKernel();
  writeFileSync(TARGET, kernelFile(module));
  console.log(`${module.length} bytes`);
}
