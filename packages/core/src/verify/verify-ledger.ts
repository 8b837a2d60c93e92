/**
 * Verification trusts no engine: it hashes every stored row again, holds the whole against a signed checkpoint, replays
 * all events and compares the state that follows with the state that is stored. What no event speaks of (claims that
 * expire, leases, messages, vectors) is looked at as far as an engine can tell what does not fit; a history that whoever
 * holds the key rewrote from the start is outside it: for that an older checkpoint must be kept elsewhere and given as
 * `since`.
 * @module
 */
import { DomainError } from '../errors.js';
import { MemoryState } from '../memory/memory-state.js';
import { CheckpointError, parseCheckpoint, verifyCheckpoint, type ParsedCheckpoint } from '../ledger/checkpoint.js';
import { sha256 } from '../ledger/sha256.js';
import { ClaimVerifier } from './verify-claims.js';
import { EntryVerifier, type ErasureTest, type Roots } from './verify-entries.js';
import { judgeFacts } from './verify-facts.js';
import { Findings, type Finding, type FindingKind } from './verify-findings.js';
import type { VerifySource } from './verify-source.js';
import { OverlayVerifier } from './verify-overlays.js';
import { StateVerifier } from './verify-state.js';
import { judgeTreeEnd } from './verify-tree-end.js';

export interface VerifyProgress {
  readonly phase: 'ledger' | 'state';
  /** Entries or capsules done. */
  readonly done: number;
  /** Of how many, as far as is known. */
  readonly total: number | null;
}

export interface VerifyOptions {
  /** Public keys to believe, `name+keyid+base64`. Without any no checkpoint can be trusted. */
  readonly verifierKeys: readonly string[];
  /** An older signed checkpoint of the same ledger, from a place its writer cannot reach. */
  readonly since?: string;
  /** What is known to have been erased. Default: nothing. */
  readonly erased?: ErasureTest;
  /** Findings to keep; all are counted. Default 1,000. */
  readonly maxFindings?: number;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyReport {
  /** Nothing was found. */
  readonly ok: boolean;
  readonly origin: string | null;
  /** Entries read, and the newest one's position. */
  readonly entries: number;
  readonly size: number;
  /** Lower-case hex of the root over the entries as they are. */
  readonly root: string;
  readonly capsules: number;
  /** Capsules whose standing was not judged because a trust change is still on its way to them. */
  readonly unsettled: number;
  readonly findings: readonly Finding[];
  /** Of each kind, also those not kept. */
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** Findings beyond those kept. */
  readonly more: number;
}

const PAGE = 500;

/**
 * Verifies a store. Findings do not end it; only a source that cannot be read does.
 * @throws DomainError INVALID_INPUT when `since` is no checkpoint signed by one of the keys, or a key cannot be read.
 */
export async function verifyLedger(source: VerifySource, options: VerifyOptions): Promise<VerifyReport> {
  const since = options.since === undefined ? null : readSince(options.since, options.verifierKeys);
  const findings = new Findings(options.maxFindings ?? 1000);
  const checkpoint = readCheckpoint(await source.checkpoint(), options.verifierKeys, findings);
  const sizes = new Set([checkpoint?.size ?? 0, since?.size ?? 0]);
  const isErased = options.erased ?? (() => false);
  const keepContent = (content: string): string => Buffer.from(sha256(content)).toString('base64');
  const state = new MemoryState({ keepContent });
  const entries = new EntryVerifier(findings, state, isErased, sizes);
  const read = await takeEntries(source, entries, checkpoint?.size ?? null, options.onProgress);
  entries.finish();
  judgeCheckpoint(checkpoint, entries, findings);
  if (source.treeEnd !== undefined) judgeTreeEnd(await source.treeEnd(), checkpoint, entries, findings);
  if (since !== null) judgeSince(since, entries, findings);
  await compareTiles(source, entries, findings);
  const facts = await source.facts?.();
  if (facts !== undefined) judgeFacts(facts, checkpoint, entries.chapters, state, findings);

  const verifier = new StateVerifier(findings, state, keepContent);
  const overlays = new OverlayVerifier(findings, state.overlays);
  const capsules = await compareState(source, entries, verifier, overlays, state.capsules.size, options.onProgress);
  // What is claimed follows a ledger that moves, when all of it is there.
  const arriving = (facts?.receiving ?? null) !== null;
  const claims = arriving ? null : new ClaimVerifier(findings, state, isErased);
  await compareWork(source, claims, findings);
  return {
    ok: findings.total === 0,
    origin: entries.chapters.origin,
    entries: read,
    size: entries.size,
    root: entries.rootText(),
    capsules,
    unsettled: verifier.unsettled.size,
    findings: findings.kept,
    counts: findings.counts,
    more: findings.total - findings.kept.length,
  };
}

function readSince(note: string, keys: readonly string[]): ParsedCheckpoint {
  try {
    return verifyCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const message = `The older checkpoint cannot be used: ${error.message}.`;
    throw new DomainError('INVALID_INPUT', message, { field: 'since', reason: error.reason }, { cause: error });
  }
}

/** As much of the stored checkpoint as can be read, believed or not. */
function readCheckpoint(note: string | null, keys: readonly string[], findings: Findings): ParsedCheckpoint | null {
  if (note === null || note === '') {
    findings.add('checkpoint-signature', 'There is no checkpoint.');
    return null;
  }
  try {
    return verifyCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    if (error.reason === 'malformed_key') {
      throw new DomainError(
        'INVALID_INPUT',
        `A public key cannot be read: ${error.message}.`,
        { field: 'verifierKeys' },
        { cause: error },
      );
    }
    findings.add('checkpoint-signature', `The checkpoint cannot be trusted: ${error.message}.`);
  }
  try {
    return parseCheckpoint(note);
  } catch {
    return null;
  }
}

async function takeEntries(
  source: VerifySource,
  entries: EntryVerifier,
  total: number | null,
  onProgress: VerifyOptions['onProgress'],
): Promise<number> {
  let read = 0;
  let from = 1;
  for (;;) {
    const page = await source.entries(from, PAGE);
    for (const entry of page) entries.take(entry);
    read += page.length;
    onProgress?.({ phase: 'ledger', done: read, total });
    // A position below the one asked for would read the same page for ever.
    const next = Math.max(...page.map(({ envelope }) => envelope.seq), from - 1) + 1;
    if (page.length === 0 || next === from) return read;
    from = next;
  }
}

function judgeCheckpoint(checkpoint: ParsedCheckpoint | null, entries: EntryVerifier, findings: Findings): void {
  if (checkpoint === null) return;
  const { size, origin } = checkpoint;
  if (entries.chapters.origin !== null && origin !== entries.chapters.origin) {
    findings.add('checkpoint-origin', `The checkpoint is of ${origin}, the ledger is ${entries.chapters.origin}.`);
  }
  reportTail('The checkpoint', size, entries, findings);
  if (size < entries.size) {
    findings.add('entry-added', `Entries ${size + 1} to ${entries.size} are not covered by the checkpoint.`, {
      seq: size + 1,
    });
  }
  if (size <= entries.size && differs(entries.rootsAt(size), checkpoint)) {
    findings.add('checkpoint-root', `The first ${size} entries are not those the checkpoint was signed over.`);
  }
}

function judgeSince(since: ParsedCheckpoint, entries: EntryVerifier, findings: Findings): void {
  const { size, origin } = since;
  const { origins } = entries.chapters;
  if (origins.length > 0 && !origins.includes(origin)) {
    findings.add(
      'checkpoint-origin',
      `The older checkpoint is of ${origin}, the ledger is ${entries.chapters.origin}.`,
    );
  }
  reportTail('The older checkpoint', size, entries, findings);
  if (size <= entries.size && differs(entries.rootsAt(size), since)) {
    findings.add('history-rewritten', `The first ${size} entries are not those the older checkpoint was signed over.`, {
      seq: size,
    });
  }
}

function reportTail(which: string, size: number, entries: EntryVerifier, findings: Findings): void {
  if (size <= entries.size) return;
  const first = entries.size + 1;
  const gone = first === size ? `entry ${size} is` : `entries ${first} to ${size} are`;
  findings.add('tail-missing', `${which} covers ${size} entries: ${gone} missing at the end.`, { seq: first });
}

/** A root that only the stored leaf hashes give says that envelopes were changed, which was reported one by one. */
function differs(roots: Roots | null, { root }: ParsedCheckpoint): boolean {
  if (roots === null) return true;
  return Buffer.compare(roots.actual, root) !== 0 && Buffer.compare(roots.stored, root) !== 0;
}

async function compareTiles(source: VerifySource, entries: EntryVerifier, findings: Findings): Promise<void> {
  if (source.tiles === undefined) return;
  const missing = new Set(entries.tiles.keys());
  for await (const { level, index, hash } of source.tiles()) {
    const name = `${level}/${index}`;
    const known = entries.tiles.get(name);
    if (known === undefined || !missing.delete(name) || !known.some((tile) => Buffer.compare(tile, hash) === 0)) {
      findings.add('tile-mismatch', `Tile ${name} is not the hash of ${span(level, index)}.`, {
        seq: index * 256 ** level + 1,
      });
    }
  }
  for (const name of missing) {
    const [level = 0, index = 0] = name.split('/').map(Number);
    findings.add('tile-mismatch', `Tile ${name}, the hash of ${span(level, index)}, is missing.`, {
      seq: index * 256 ** level + 1,
    });
  }
}

function span(level: number, index: number): string {
  const width = 256 ** level;
  return `entries ${index * width + 1} to ${(index + 1) * width}`;
}

async function compareState(
  source: VerifySource,
  entries: EntryVerifier,
  verifier: StateVerifier,
  overlays: OverlayVerifier,
  total: number,
  onProgress: VerifyOptions['onProgress'],
): Promise<number> {
  let done = 0;
  if (source.pendingTrust !== undefined) {
    for await (const row of source.pendingTrust()) verifier.pendingTrust(row, entries.trustEvents);
  }
  for await (const row of source.capsules()) {
    verifier.capsule(row);
    done += 1;
    if (done % PAGE === 0) onProgress?.({ phase: 'state', done, total });
  }
  for await (const row of source.edges()) verifier.edge(row);
  for await (const row of source.series()) verifier.series(row);
  for await (const row of source.archiveSpans()) verifier.archiveSpan(row);
  if (source.overlays !== undefined) {
    for await (const row of source.overlays()) overlays.overlay(row);
    overlays.finish();
  }
  verifier.finish();
  onProgress?.({ phase: 'state', done, total });
  return done;
}

async function compareWork(source: VerifySource, claims: ClaimVerifier | null, findings: Findings): Promise<void> {
  if (source.claims !== undefined && claims !== null) {
    for await (const row of source.claims()) claims.claim(row);
    claims.finish();
  }
  if (source.misfits === undefined) return;
  for await (const { kind = 'derived-changed', what, ...where } of source.misfits()) findings.add(kind, what, where);
}
