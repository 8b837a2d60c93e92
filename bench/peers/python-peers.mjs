/**
 * Peers that are Python packages: installed into an environment of their own when a bench first needs them, each run as
 * a process that is handed documents, vectors and questions in a folder.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNNERS = fileURLToPath(new URL('./python/', import.meta.url));

/** By name: how to run the peer, what it ranks by as it is set up here, and with how many documents it is usable. */
export const PEERS = {
  mem0: { arguments: ['mem0_runner.py', 'qdrant'], ranksBy: 'vectors', most: 20_000 },
  'mem0-chroma': { arguments: ['mem0_runner.py', 'chroma'], ranksBy: 'vectors, kept in chromadb', most: Infinity },
  chromadb: { arguments: ['chromadb_runner.py'], ranksBy: 'vectors', most: Infinity },
  lancedb: { arguments: ['lancedb_runner.py'], ranksBy: 'full text and vectors', most: Infinity },
};

export const usableWith = (count) => Object.keys(PEERS).filter((name) => PEERS[name].most >= count);

/** The interpreter of the environment; makes it in `cache`, which takes minutes, unless it is there. */
export async function pythonWithPeers(cache) {
  const requirements = readFileSync(join(RUNNERS, 'requirements.txt'), 'utf8');
  const venv = join(cache, 'venv');
  const stamp = join(cache, 'installed');
  const windows = process.platform === 'win32';
  const python = join(venv, windows ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === requirements) return python;
  console.log(`Installing ${requirements.trim().split('\n').join(', ')} (about 1 GB) …`);
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await run(windows ? 'python' : 'python3', ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', join(RUNNERS, 'requirements.txt')]);
  writeFileSync(stamp, requirements);
  return python;
}

/**
 * Has one peer store the documents and answer the questions.
 *
 * @param docs `{ id, text, group }` each; the group `all` is no restriction
 * @param vectors one per document, in their order
 * @returns `{ version, load_s, ms, found }`, the last two by question
 */
export async function askPeer(python, name, folder, { docs, vectors, queries, queryVectors }) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'meta.json'))) {
    await writeLines(join(folder, 'docs.jsonl'), docs);
    await writeLines(join(folder, 'queries.jsonl'), queries);
    await writeVectors(join(folder, 'vectors.f32'), vectors);
    await writeVectors(join(folder, 'query-vectors.f32'), queryVectors);
    writeFileSync(join(folder, 'meta.json'), JSON.stringify({ dimensions: vectors[0].length }));
  }
  const [runner, ...rest] = PEERS[name].arguments;
  await run(python, [join(RUNNERS, runner), folder, ...rest]);
  return JSON.parse(readFileSync(join(folder, 'found.json'), 'utf8'));
}

async function writeLines(path, values) {
  const out = createWriteStream(path);
  for (const value of values) if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'close');
}

async function writeVectors(path, vectors) {
  const out = createWriteStream(path);
  for (const { buffer, byteOffset, byteLength } of vectors) {
    if (!out.write(new Uint8Array(buffer, byteOffset, byteLength))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

async function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4_000)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${said}`);
}
