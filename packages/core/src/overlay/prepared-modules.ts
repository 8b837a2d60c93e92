/** Modules from the ledger, checked against the hash that their overlay was registered with, and prepared once. @module */
import { DomainError } from '../errors.js';
import { canonicalize } from '../ledger/canonical-json.js';
import type { JsonObject } from '../ledger/json.js';
import { sha256 } from '../ledger/sha256.js';
import type { LedgerReader } from '../ports/ledger-reader.js';
import { parseManifest, type OverlayManifest } from './manifest.js';
import type { OverlayStanding } from './overlay-record.js';
import type { OverlayRunner, PreparedModule } from './runner.js';

export interface RunnableModule {
  readonly manifest: OverlayManifest;
  readonly prepared: PreparedModule;
}

type Registered = Pick<OverlayStanding, 'id' | 'moduleHash' | 'manifest' | 'manifestHash'>;

/** Modules kept prepared; those not used for the longest time make room. */
const MOST_PREPARED = 64;

export class PreparedModules {
  readonly #prepared = new Map<string, Promise<RunnableModule>>();

  constructor(
    private readonly ledger: Pick<LedgerReader, 'entries'>,
    private readonly runner: Pick<OverlayRunner, 'prepare'>,
  ) {}

  /**
   * @throws DomainError STATE_CONFLICT for an overlay without manifest or module; STORE_CORRUPT when either is not what was
   * registered. @throws OverlayRefused
   */
  async of(overlay: Registered): Promise<RunnableModule> {
    const place = `${overlay.moduleHash}/${overlay.manifestHash ?? ''}`;
    const known = this.#prepared.get(place) ?? this.#prepare(overlay);
    this.#prepared.delete(place);
    this.#prepared.set(place, known);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) this.#prepared.delete(oldest);
    try {
      return await known;
    } catch (error) {
      // What failed is tried again by whoever asks next.
      this.#prepared.delete(place);
      throw error;
    }
  }

  async #prepare({ id, moduleHash, manifest: text, manifestHash }: Registered): Promise<RunnableModule> {
    if (text === null || manifestHash === null) throw notRunnable(id, 'it was registered without a manifest');
    if (manifestHashOf(text) !== manifestHash) throw changed(id, 'manifest');
    const manifest = parseManifest(text);
    const module = await readModule(this.ledger, moduleHash);
    if (module === null) throw notRunnable(id, 'its module is not kept here');
    if (hashOf(module) !== moduleHash) throw changed(id, 'module');
    return { manifest, prepared: await this.runner.prepare(module, manifest) };
  }
}

/** The module with this hash; null when it was never kept, or is erased. */
export async function readModule(ledger: Pick<LedgerReader, 'entries'>, hash: string): Promise<Uint8Array | null> {
  const { items } = await ledger.entries({
    stream: hash,
    type: 'overlay.module_kept.v1',
    order: 'newest',
    limit: 1,
    cursor: null,
  });
  const module = items[0]?.payload?.['module'];
  return typeof module === 'string' ? new Uint8Array(Buffer.from(module, 'base64')) : null;
}

/** Lower-case hex of a SHA-256. */
export function hashOf(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString('hex');
}

/** Lower-case hex of the SHA-256 of a manifest in canonical form. */
export function manifestHashOf(manifest: JsonObject): string {
  return Buffer.from(sha256(canonicalize(manifest))).toString('hex');
}

function notRunnable(id: string, why: string): DomainError {
  return new DomainError('STATE_CONFLICT', `The overlay ${id} cannot run: ${why}. Install it again.`, { id });
}

function changed(id: string, what: string): DomainError {
  const message = `The ${what} of ${id} is not the one that was registered: somebody changed it. Install it again.`;
  return new DomainError('STORE_CORRUPT', message, { id });
}
