/**
 * Compiles the inner loops of search and writes their bytes as TypeScript, so that neither installing nor building the
 * product needs the compiler.
 *
 *   node tools/build-kernel.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const SEARCH = new URL('../packages/core/src/search/', import.meta.url);

/** @typedef {{ readonly source: URL, readonly name: string, readonly target: URL }} KernelSource */

/** @type {readonly KernelSource[]} */
export const KERNELS = [
  kernelIn('vectors/', 'kernel/vector-kernel.ts'),
  kernelIn('ranking/', 'kernel/ranking-kernel.ts'),
];

/** @returns {KernelSource} */
function kernelIn(/** @type {string} */ folder, /** @type {string} */ name) {
  const at = new URL(folder, SEARCH);
  return { name, source: new URL(name, at), target: new URL('kernel-bytes.ts', at) };
}

// Whoever calls a kernel makes its memory, so that it can bound it; the kernel itself allocates nothing.
const FLAGS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'].concat(
  ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ['--use', 'abort=', '--outFile', 'kernel.wasm'],
);

/**
 * @param {KernelSource} kernel
 * @returns {Promise<Uint8Array>} the WebAssembly module
 */
export async function compileKernel({ name: file, source }) {
  /** @type {Uint8Array | undefined} */
  let module;
  const { error, stderr } = await asc.main([file, ...FLAGS], {
    readFile: (name) => (name === file ? readFileSync(source, 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm' && typeof contents !== 'string') module = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || module === undefined) {
    throw new Error(`${file} does not compile:\n${stderr.toString()}`, { cause: error });
  }
  return module;
}

/**
 * @param {KernelSource} kernel
 * @param {Uint8Array} module
 */
export function kernelFile({ name }, module) {
  const lines =
    Buffer.from(module)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  return `// Generated from ${name} by tools/build-kernel.mjs; a test compares the two.

/** The compiled kernel (${module.length} bytes), in base64. */
export const KERNEL_BYTES =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const kernel of KERNELS) {
    const module = await compileKernel(kernel);
    writeFileSync(kernel.target, kernelFile(kernel, module));
    console.log(`${kernel.name}: ${module.length} bytes`);
  }
}
