/**
 * Adds a model from a hub: a web server that lists the files of a repository with their digests, and serves them.
 * @module
 */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, embeddingFailure, embeddingFailureReason, isDomainError } from '@forge-cascade/core';
import { z } from 'zod';
import { addModel, type AddModelOptions } from './add-model.js';
import { MODEL_FILE, TOKENIZER_FILE, type ModelManifest } from './model-manifest.js';
import { graphAmong, HINT_FILES } from './model-source.js';

export const DEFAULT_HUB = 'https://huggingface.co';

/** Short names for models that are known to do well. */
const KNOWN: Readonly<Record<string, string>> = {
  minilm: 'Xenova/all-MiniLM-L6-v2',
  'all-MiniLM-L6-v2': 'Xenova/all-MiniLM-L6-v2',
};
const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const MAX_LISTING_BYTES = 4 * 1024 * 1024;
const MAX_HINT_BYTES = 64 * 1024;

export interface FetchModelOptions extends AddModelOptions {
  /** Address of the hub, without a slash at the end. */
  readonly hub: string;
  /** Largest file that is fetched, in bytes. Default 2 GiB. */
  readonly maxBytes?: number;
  /** Milliseconds without a byte after which a download is given up. Default 30,000. */
  readonly idleMs?: number;
  /** Called as bytes of a file arrive. */
  readonly onProgress?: (file: string, done: number, total: number) => void;
}

const listing = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.int().nonnegative(),
    /** Git's own digest of the file. */
    oid: z.string(),
    /** Of a large file, which Git holds by reference. */
    lfs: z.object({ oid: z.string(), size: z.int().nonnegative() }).optional(),
  }),
);
type Listed = z.infer<typeof listing>[number];

/** The hub's repository for a name; null when it can be none. */
export function repositoryOf(name: string): string | null {
  const repository = Object.hasOwn(KNOWN, name) ? KNOWN[name]! : name;
  return REPOSITORY.test(repository) ? repository : null;
}

/**
 * Fetches a model's files, each checked against the digest that the hub lists, and adds it.
 *
 * @param repository as {@link repositoryOf} gives it
 * @throws DomainError as `addModelFolder`, and UNAVAILABLE with `details.reason`: `model_missing`, `timeout`,
 * `model_corrupt` when what came is not what was listed, `unavailable`
 */
export async function addModelFromHub(repository: string, options: FetchModelOptions): Promise<ModelManifest> {
  const hub = new Hub(repository, options);
  return addModel(options, async (staging) => {
    const files = await hub.list();
    const graph = graphAmong(files.map(({ path }) => path));
    const tokenizer = files.find(({ path }) => path === TOKENIZER_FILE);
    if (graph === null || tokenizer === undefined) {
      throw hub.failure('model_missing', `has no ${graph === null ? 'ONNX graph' : TOKENIZER_FILE}`);
    }
    await hub.fetch(
      files.find(({ path }) => path === graph)!,
      join(staging, MODEL_FILE),
    );
    await hub.fetch(tokenizer, join(staging, TOKENIZER_FILE));
    const hints = new Map<string, string>();
    for (const name of HINT_FILES) {
      const file = files.find(({ path, size }) => path === name && size <= MAX_HINT_BYTES);
      if (file === undefined) continue;
      // Into the staging folder, so that whatever happens it goes with it; it is not part of the model.
      const path = join(staging, `hint-${hints.size}`);
      await hub.fetch(file, path);
      hints.set(name, await readFile(path, 'utf8'));
    }
    return { source: `${options.hub}/${repository}, ${graph}`, hints };
  });
}

class Hub {
  constructor(
    private readonly repository: string,
    private readonly options: FetchModelOptions,
  ) {}

  async list(): Promise<readonly Listed[]> {
    const body = await this.#get(`/api/models/${this.repository}/tree/main?recursive=true`, async (response, alive) => {
      let text = '';
      for await (const chunk of Readable.fromWeb(response.body as never).setEncoding('utf8')) {
        alive();
        text += String(chunk);
        if (text.length > MAX_LISTING_BYTES) throw this.failure('unavailable', 'lists more files than a model has');
      }
      return text;
    });
    try {
      return listing.parse(JSON.parse(body)).filter(({ type }) => type === 'file');
    } catch {
      throw this.failure('unavailable', 'was answered for with something that is no list of files');
    }
  }

  /** Writes a listed file to `to`, checking size and digest. */
  async fetch(file: Listed, to: string): Promise<void> {
    const { maxBytes = 2 * 1024 ** 3, onProgress } = this.options;
    const size = file.lfs?.size ?? file.size;
    if (size > maxBytes) {
      throw new DomainError('TOO_LARGE', `${file.path} has ${size} bytes, more than the ${maxBytes} that are fetched.`);
    }
    const hash = file.lfs === undefined ? gitBlobHash(size) : createHash('sha256');
    let done = 0;
    await this.#get(`/${this.repository}/resolve/main/${file.path}`, async (response, alive) => {
      const check = new Transform({
        transform: (chunk: Buffer, _encoding, next) => {
          alive();
          done += chunk.length;
          hash.update(chunk);
          onProgress?.(file.path, done, size);
          next(done > size ? this.#corrupt(file) : null, chunk);
        },
      });
      // `wx`: a link in its place would lead elsewhere.
      await pipeline(Readable.fromWeb(response.body as never), check, createWriteStream(to, { flags: 'wx' }));
    });
    if (done !== size || hash.digest('hex') !== (file.lfs?.oid ?? file.oid)) throw this.#corrupt(file);
  }

  failure(reason: 'model_missing' | 'model_corrupt' | 'timeout' | 'unavailable', what: string): DomainError {
    const message = `The model ${this.repository} on the hub ${what}.`;
    return embeddingFailure(`onnx:${this.options.name}`, reason, { message });
  }

  #corrupt({ path }: Listed): DomainError {
    return this.failure('model_corrupt', `sent a ${path} that is not the one it lists; nothing was kept, try again`);
  }

  /** Reads an answer; `alive` says that something came. */
  async #get<T>(path: string, read: (response: Response, alive: () => void) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const idle = setTimeout(() => stop.abort(), this.options.idleMs ?? 30_000);
    try {
      const response = await fetch(this.options.hub + path, { signal: stop.signal });
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        throw this.#refused(response.status);
      }
      return await read(response, () => void idle.refresh());
    } catch (error) {
      if (stop.signal.aborted) throw this.failure('timeout', 'stopped sending');
      if (isDomainError(error) || embeddingFailureReason(error) !== null || isLocal(error)) throw error;
      const { cause } = error as { readonly cause?: { readonly code?: unknown } };
      const code = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
      throw this.failure('unavailable', `cannot be fetched from ${this.options.hub}${code}`);
    } finally {
      clearTimeout(idle);
    }
  }

  #refused(status: number): DomainError {
    if (status === 404) return this.failure('model_missing', 'does not exist');
    // Hubs answer this for private models, and for those they do not have.
    if (status === 401 || status === 403) return this.failure('model_missing', 'does not exist, or is not public');
    return this.failure('unavailable', `was refused with status ${status}`);
  }
}

/** A fault of this machine's disk, which has words of its own. */
function isLocal(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

/** How Git names a file's content. */
function gitBlobHash(size: number): Hash {
  return createHash('sha1').update(`blob ${size}\0`);
}
