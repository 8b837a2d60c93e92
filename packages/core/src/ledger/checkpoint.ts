/**
 * Checkpoints: the size and root of the ledger as a signed note (C2SP tlog-checkpoint over C2SP signed-note, Ed25519).
 * Keys are written as golang.org/x/mod/sumdb/note writes them, so that its tools read ours.
 * @module
 */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { HASH_BYTES, sha256 } from './sha256.js';

export type CheckpointFault =
  | 'malformed_key'
  | 'malformed_note'
  | 'malformed_body'
  | 'origin_mismatch'
  | 'no_known_signature'
  | 'bad_signature'
  | 'ambiguous_key';

/** A key, note or checkpoint was refused. The message never holds key material. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  constructor(
    readonly reason: CheckpointFault,
    message: string,
  ) {
    super(message);
  }
}

/** What a checkpoint says. */
export interface CheckpointBody {
  /** Names the ledger. One line. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  /** First four bytes of the signature line, big-endian: with the name, it says which key signed. */
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A checkpoint as read, with nothing verified yet. */
export interface ParsedCheckpoint extends CheckpointBody {
  /** Lines after the root. We write none; others may. */
  readonly extensions: readonly string[];
  /** The signed text, with its last newline. */
  readonly body: string;
  readonly signatures: readonly NoteSignature[];
}

/** Whom to believe. */
export interface CheckpointVerifier {
  readonly name: string;
  readonly keyId: number;
  readonly publicKey: KeyObject;
}

/** Who signs. Holds the imported key, so that a signature costs one call. */
export interface CheckpointSigner {
  readonly name: string;
  readonly keyId: number;
  readonly privateKey: KeyObject;
  /** `name+keyid+base64`, to give to those who verify. */
  readonly verifierKey: string;
}

const ED25519 = 0x01;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const PRIVATE_PREFIX = 'PRIVATE+KEY+';
// The fixed DER that goes before a raw Ed25519 seed (PKCS #8) and a raw public key (SPKI): node:crypto reads no raw keys.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** A note may carry more signatures than any witness set needs, but not so many that checking it becomes an attack. */
const MAX_SIGNATURES = 100;
const MAX_NOTE_CHARS = 1_000_000;
/** Control characters other than newline, and what is not Unicode text. */
const NOT_IN_NOTE = /[\0-\x09\x0b-\x1f]|\p{Surrogate}/u;

/**
 * A new key pair in text form. `privateKey` is a secret.
 * @throws CheckpointError (`malformed_key`) for a name that is empty or holds white space or a plus sign.
 */
export function generateLedgerKey(name: string): { readonly privateKey: string; readonly verifierKey: string } {
  const seed = randomBytes(KEY_BYTES);
  return { privateKey: privateKeyText(name, seed), verifierKey: signerFrom(name, seed).verifierKey };
}

/** The same secret under another name: another key id, and signatures that only the new name's verifier key opens. @throws CheckpointError (`malformed_key`). */
export function renameLedgerKey(privateKey: string, name: string): string {
  return privateKeyText(name, parsePrivateKey(privateKey).key);
}

/** Reads `PRIVATE+KEY+name+keyid+base64(0x01 ‖ seed)`. @throws CheckpointError (`malformed_key`). */
export function parseSigner(text: string): CheckpointSigner {
  const { name, keyId, key } = parsePrivateKey(text);
  const signer = signerFrom(name, key);
  if (signer.keyId !== keyId) throw malformedKey('key id does not belong to the key');
  return signer;
}

/** Reads `name+keyid+base64(0x01 ‖ public key)`. @throws CheckpointError (`malformed_key`). */
export function parseVerifier(text: string): CheckpointVerifier {
  const { name, keyId, key } = parseKey(text);
  if (keyIdOf(name, key) !== keyId) throw malformedKey('key id does not belong to the key');
  return { name, keyId, publicKey: importPublicKey(key) };
}

/** The text to be signed: three lines. @throws CheckpointError (`malformed_body`). */
export function formatCheckpoint({ origin, size, root }: CheckpointBody): string {
  if (!isLine(origin)) throw new CheckpointError('malformed_body', 'the origin must be one line of text');
  if (!Number.isSafeInteger(size) || size < 0)
    throw new CheckpointError('malformed_body', 'the size must be a whole number');
  if (root.length !== HASH_BYTES) throw new CheckpointError('malformed_body', 'the root must have 32 bytes');
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** A signed text, as read. */
export interface SignedNote {
  /** What was signed, with its last newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signs any text that ends in a newline. @throws CheckpointError (`malformed_note`) for a text no note may hold. */
export function signNote(text: string, signer: CheckpointSigner): string {
  if (!text.endsWith('\n') || NOT_IN_NOTE.test(text)) throw malformedNote('its text may not be signed');
  const id = Buffer.allocUnsafe(KEY_ID_BYTES);
  id.writeUInt32BE(signer.keyId);
  const signature = sign(null, Buffer.from(text), signer.privateKey);
  return `${text}\n— ${signer.name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** Reads a note without verifying it. @throws CheckpointError (`malformed_note`). */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_CHARS) throw malformedNote('it is too long');
  if (NOT_IN_NOTE.test(note)) throw malformedNote('it holds characters a note may not hold');
  // The text may hold empty lines: the signatures start behind the last one.
  const split = note.lastIndexOf('\n\n');
  const lines = note.slice(split + 2).split('\n');
  if (split < 0 || lines.pop() !== '' || lines.length === 0) throw malformedNote('it does not end in signatures');
  if (lines.length > MAX_SIGNATURES) throw malformedNote('it has too many signatures');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/**
 * Reads a note that a known key signed. Signatures of unknown keys are ignored, as the specification demands; one of a
 * known key that does not hold condemns the note.
 * @throws CheckpointError (`malformed_note`, `no_known_signature`, `bad_signature`, `ambiguous_key`).
 */
export function openNote(note: string, verifiers: readonly CheckpointVerifier[]): SignedNote {
  const opened = parseNote(note);
  const signed = Buffer.from(opened.text);
  let known = 0;
  for (const { name, keyId, signature } of opened.signatures) {
    const [verifier, ...others] = verifiers.filter((candidate) => candidate.name === name && candidate.keyId === keyId);
    if (verifier === undefined) continue;
    if (others.length > 0) throw new CheckpointError('ambiguous_key', `two keys are known as ${name}+${idText(keyId)}`);
    if (!verify(null, signed, verifier.publicKey, signature)) {
      throw new CheckpointError('bad_signature', `the signature of ${name}+${idText(keyId)} does not hold`);
    }
    known += 1;
  }
  if (known === 0) throw new CheckpointError('no_known_signature', 'no known key signed this note');
  return opened;
}

/**
 * The signed note over a text of {@link formatCheckpoint}. That no two signed checkpoints contradict each other is the
 * caller's duty.
 * @throws CheckpointError (`malformed_body`) for a text that is no checkpoint.
 */
export function signCheckpoint(body: string, signer: CheckpointSigner): string {
  parseBody(body);
  return signNote(body, signer);
}

/** Reads a checkpoint without verifying it. @throws CheckpointError (`malformed_note`, `malformed_body`). */
export function parseCheckpoint(text: string): ParsedCheckpoint {
  return toCheckpoint(parseNote(text));
}

/**
 * Reads a checkpoint that a known key signed, under the rules of {@link openNote}.
 * @param verifierKeys keys to believe, as text or from {@link parseVerifier}.
 * @param origin when given, the only origin to accept.
 * @throws CheckpointError, whose `reason` says what failed first: key, note, signature, body, origin.
 */
export function verifyCheckpoint(
  text: string,
  verifierKeys: readonly (string | CheckpointVerifier)[],
  origin?: string,
): ParsedCheckpoint {
  const verifiers = verifierKeys.map((key) => (typeof key === 'string' ? parseVerifier(key) : key));
  const checkpoint = toCheckpoint(openNote(text, verifiers));
  if (origin !== undefined && checkpoint.origin !== origin) {
    throw new CheckpointError('origin_mismatch', `the checkpoint is of ${checkpoint.origin}, not of ${origin}`);
  }
  return checkpoint;
}

function toCheckpoint({ text, signatures }: SignedNote): ParsedCheckpoint {
  return { ...parseBody(text), body: text, signatures };
}

function parseBody(body: string): CheckpointBody & { readonly extensions: readonly string[] } {
  const lines = body.split('\n');
  const [origin, size, root, ...extensions] = lines.slice(0, -1);
  if (lines.at(-1) !== '' || origin === undefined || size === undefined || root === undefined) {
    throw new CheckpointError('malformed_body', 'a checkpoint has an origin, a size and a root, each on its line');
  }
  if (!isLine(origin) || !extensions.every(isLine)) {
    throw new CheckpointError('malformed_body', 'a checkpoint has no empty lines and no control characters');
  }
  const count = /^(0|[1-9][0-9]{0,15})$/.test(size) ? Number(size) : NaN;
  if (!Number.isSafeInteger(count)) throw new CheckpointError('malformed_body', 'the second line is not a size');
  const hash = fromBase64(root);
  if (hash?.length !== HASH_BYTES) throw new CheckpointError('malformed_body', 'the third line is not a root');
  return { origin, size: count, root: hash, extensions };
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, encoded, ...more] = line.split(' ');
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  if (dash !== '—' || name === undefined || !isName(name) || bytes === null || more.length > 0) {
    throw malformedNote('a line after the text is no signature');
  }
  if (bytes.length <= KEY_ID_BYTES) throw malformedNote('a signature is too short');
  return { name, keyId: bytes.readUInt32BE(0), signature: new Uint8Array(bytes.subarray(KEY_ID_BYTES)) };
}

function parsePrivateKey(text: string): ReturnType<typeof parseKey> {
  if (!text.startsWith(PRIVATE_PREFIX)) throw malformedKey('a private key starts with PRIVATE+KEY+');
  return parseKey(text.slice(PRIVATE_PREFIX.length));
}

function privateKeyText(name: string, seed: Uint8Array): string {
  return `${PRIVATE_PREFIX}${name}+${idText(signerFrom(name, seed).keyId)}+${keyText(seed)}`;
}

function parseKey(text: string): { readonly name: string; readonly keyId: number; readonly key: Buffer } {
  const match = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text);
  const [, name = '', id = '', encoded = ''] = match ?? [];
  const bytes = fromBase64(encoded);
  if (match === null || !isName(name) || bytes === null) throw malformedKey('it is not name+keyid+base64');
  if (bytes[0] !== ED25519) throw malformedKey('its algorithm is not Ed25519');
  if (bytes.length !== 1 + KEY_BYTES) throw malformedKey('it does not have 32 bytes');
  return { name, keyId: Number.parseInt(id, 16), key: bytes.subarray(1) };
}

function signerFrom(name: string, seed: Uint8Array): CheckpointSigner {
  if (!isName(name)) throw malformedKey('its name is empty or holds white space or a plus sign');
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const publicBytes = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  const keyId = keyIdOf(name, publicBytes);
  return { name, keyId, privateKey, verifierKey: `${name}+${idText(keyId)}+${keyText(publicBytes)}` };
}

function importPublicKey(key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' });
}

/** First four bytes of sha256(name ‖ newline ‖ 0x01 ‖ public key). */
function keyIdOf(name: string, publicKey: Uint8Array): number {
  const hash = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]));
  return Buffer.from(hash.buffer).readUInt32BE(0);
}

function idText(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

function keyText(key: Uint8Array): string {
  return Buffer.concat([Buffer.of(ED25519), key]).toString('base64');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Strict: one text per value, or two different notes could say the same. Null for anything else. */
function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function isName(name: string): boolean {
  // U+0085 is white space to Unicode and to the Go reader, but not to \s.
  return name !== '' && !/[+\s\x85\0-\x1f]|\p{Surrogate}/u.test(name);
}

function isLine(text: string): boolean {
  return text !== '' && !/[\0-\x1f]|\p{Surrogate}/u.test(text);
}

function malformedKey(why: string): CheckpointError {
  return new CheckpointError('malformed_key', `not a ledger key: ${why}`);
}

function malformedNote(why: string): CheckpointError {
  return new CheckpointError('malformed_note', `not a signed note: ${why}`);
}
