/** The product from the outside: its command line and its server, as processes of their own. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FORGE = fileURLToPath(new URL('../../apps/cli/bin/forge.mjs', import.meta.url));
const TOKEN = 'bench-token-0123456789-0123456789';
/** How long a server may take to answer before the bench gives up. Milliseconds. */
const PATIENCE = 60_000;

/** Settings of whoever runs the bench must not reach what it starts. */
function environment(dataDir, settings = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('FORGE_'));
  return { ...Object.fromEntries(inherited), ...settings, FORGE_DATA: dataDir, FORGE_TOKEN: TOKEN };
}

/**
 * Serves a folder on a port of the system's choice. The log goes to a file beside the folder, as it would in service.
 * `settings` are further variables, such as the embedding model.
 * @returns `{ url, token, stop(), kill() }`; `kill` gives it no chance to say goodbye.
 */
export async function startServer(dataDir, settings) {
  const log = openSync(`${dataDir}.log`, 'a');
  const child = spawn(process.execPath, [FORGE, 'serve', '--port', '0'], {
    env: environment(dataDir, settings),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const end = async (signal) => {
    child.kill(signal);
    await ended;
  };
  const stop = () => end('SIGTERM');
  try {
    const url = await readyAt(join(dataDir, 'server.json'), child);
    return { url, token: TOKEN, stop, kill: () => end('SIGKILL') };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readyAt(serverFile, child) {
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    try {
      if (existsSync(serverFile)) {
        const { url } = JSON.parse(readFileSync(serverFile, 'utf8'));
        if ((await fetch(`${url}/v2/system/health`)).ok) return url;
      }
    } catch {
      // Half written, or not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server did not become ready');
}

/**
 * Runs `forge ARGS --json` to its end.
 * @returns `{ ms, body }`: how long the process lived, and what it printed.
 * @throws Error with what it said when it fails.
 */
export async function runForge(args, dataDir, settings) {
  const started = performance.now();
  const child = spawn(process.execPath, [FORGE, ...args, '--json'], {
    env: environment(dataDir, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ms = performance.now() - started;
  if (code !== 0) throw new Error(`forge ${args[0]} ended with ${code}: ${said.slice(-2_000)}`);
  return { ms, body: JSON.parse(out) };
}
