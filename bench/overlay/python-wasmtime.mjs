/** Wasmtime's Python package, installed into `.cache/wasmtime` at the first run. @module */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The interpreter that has it. */
export function pythonWithWasmtime() {
  const cache = fileURLToPath(new URL('../../.cache/wasmtime/', import.meta.url));
  const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
  const windows = process.platform === 'win32';
  const python = join(cache, windows ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(join(cache, 'installed'))) return python;
  mkdirSync(cache, { recursive: true });
  execFileSync(windows ? 'python' : 'python3', ['-m', 'venv', cache]);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements]);
  writeFileSync(join(cache, 'installed'), readFileSync(requirements));
  return python;
}
