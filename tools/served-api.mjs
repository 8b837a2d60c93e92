// A server on a data folder of its own, for as long as something asks it questions.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_MS = 60_000;
const STOP_MS = 15_000;

/** @typedef {{ url: string, token: string, hasEnded: () => boolean, log: () => string }} ServedApi */

/**
 * Starts `program serve`, hands its address to `work`, and ends it afterwards.
 *
 * @template T
 * @param {string} program a Node program that takes `serve --data DIR --port 0` and prints `listening on URL`
 * @param {NodeJS.ProcessEnv} env in addition to this process's
 * @param {(api: ServedApi) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withServedApi(program, env, work) {
  const folder = await mkdtemp(join(tmpdir(), 'forge-api-'));
  const token = randomBytes(24).toString('base64url');
  let log = '';
  const child = spawn(process.execPath, [program, 'serve', '--data', join(folder, 'data'), '--port', '0'], {
    env: { ...process.env, FORGE_HOST: '127.0.0.1', FORGE_TOKEN: token, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const url = await new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => reject(new Error(`The server ${why}:\n${log}`));
      const timer = setTimeout(() => fail('printed no address'), START_MS);
      const listen = (/** @type {Buffer} */ chunk) => {
        log += chunk.toString();
        const address = /listening on (http:\/\/[^\s"]+)/.exec(log)?.[1];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address.replace(/\/$/, ''));
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('error', reject);
      child.once('exit', () => fail('ended before it listened'));
    });
    return await work({ url, token, hasEnded, log: () => log });
  } finally {
    if (!hasEnded()) {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(killer);
    }
    await rm(folder, { recursive: true, force: true });
  }
}

const FOLLOWING = { relation: 'fork', reason: 'It follows from it.' };

/**
 * Posts a line of three capsules and a second version of the first, so that there is something to trace and to revert.
 *
 * @param {ServedApi} api
 * @returns {Promise<string[]>} their version and series ids
 */
export async function seedCapsules(api) {
  const question = await post(api, { title: 'The question', key: 'seed' });
  const decision = await post(api, { title: 'The decision', derived_from: [{ id: question.id, ...FOLLOWING }] });
  const doubt = await post(api, { title: 'The second thought', derived_from: [{ id: decision.id, ...FOLLOWING }] });
  const asked = await post(api, { title: 'The question again', key: 'seed', if_exists: 'version' });
  const ids = [question, decision, doubt, asked].flatMap(({ id, series_id: series }) => (series ? [id, series] : [id]));
  return [...new Set(ids)];
}

/** @param {ServedApi} api @param {{ title: string } & Record<string, unknown>} capsule */
async function post({ url, token }, capsule) {
  const response = await fetch(`${url}/v2/capsules`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content: `${capsule.title}, in words.`, type: 'decision', ...capsule }),
  });
  const body = await response.text();
  if (response.status !== 201) throw new Error(`Seeding failed with ${response.status}: ${body}`);
  return /** @type {{ id: string, series_id?: string }} */ (JSON.parse(body));
}

/** A Schemathesis configuration by which every other id is one that exists. @param {string} path @param {string[]} ids */
export async function writeConfiguration(path, ids) {
  const bind = '{ dictionary = "seeded", probability = 0.5 }';
  const lines = [
    '[dictionaries.seeded]',
    `values = ${JSON.stringify(ids)}`,
    '[dictionaries.etags]',
    `values = ${JSON.stringify(ids.map((id) => `"${id}"`))}`,
    '[parameters]',
    `"path.id" = ${bind}`,
    `"body.to" = ${bind}`,
    `"body.derived_from[*].id" = ${bind}`,
    `"header.If-Match" = ${bind.replace('seeded', 'etags')}`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
}
