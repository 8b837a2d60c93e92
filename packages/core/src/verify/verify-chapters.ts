/**
 * A ledger that moved has chapters: each ends in a seal and the next begins by an opening that names the signed end of the
 * one before. The tree is one, so a proof of an earlier chapter holds in every later one.
 * @module
 */
import { CheckpointError, parseCheckpoint } from '../ledger/checkpoint.js';
import type { Envelope } from '../ledger/envelope.js';
import type { JsonObject } from '../ledger/json.js';
import type { Findings } from './verify-findings.js';

export class ChapterVerifier {
  /** Names of all chapters, oldest first. */
  readonly origins: string[] = [];
  #ownerId: string | null = null;
  #sealedTo: string | null = null;

  constructor(private readonly findings: Findings) {}

  /** The name of the ledger as it is now. */
  get origin(): string | null {
    return this.origins.at(-1) ?? null;
  }

  /** Whose the ledger is as it is now. */
  get ownerId(): string | null {
    return this.#ownerId;
  }

  /** `root` over the entries before this one. */
  take({ seq, type, entity_id: id, actor }: Envelope, payload: JsonObject | null, root: () => Uint8Array): void {
    const sealedTo = this.#sealedTo;
    this.#sealedTo = null;
    // Whoever opens a ledger owns it; its envelope says so where its payload is gone.
    if (type === 'store.opened.v1') this.#ownerId = String(payload?.['owner_id'] ?? actor);
    if (type === 'store.sealed.v1') {
      this.#sealedTo = String(payload?.['successor']);
    } else if (type === 'store.opened.v1' && typeof payload?.['origin'] === 'string') {
      const parent = payload['parent_checkpoint'];
      const follows =
        seq === 1 ? parent === null : sealedTo === payload['origin'] && this.#isEnd(parent, seq - 1, root());
      if (!follows) {
        this.findings.add('chapter-changed', `Entry ${seq} opens a ledger, but not where one was sealed for it.`, {
          seq,
          id,
        });
      }
      this.origins.push(payload['origin']);
    } else if (sealedTo !== null) {
      this.findings.add('chapter-changed', `Entry ${seq} stands behind a seal without opening the ledger anew.`, {
        seq,
        id,
      });
    }
  }

  #isEnd(note: unknown, size: number, root: Uint8Array): boolean {
    try {
      const end = parseCheckpoint(String(note));
      return end.size === size && end.origin === this.origin && Buffer.compare(end.root, root) === 0;
    } catch (error) {
      if (error instanceof CheckpointError) return false;
      throw error;
    }
  }
}
