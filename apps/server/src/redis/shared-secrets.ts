/**
 * What keeps the contents of Redis between the pods of one store: names that nobody else can compute, and values that
 * nobody else can read, make up or move to another name.
 * @module
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class SharedSecrets {
  readonly #names: Buffer;
  readonly #values: Buffer;

  /**
   * @param secret what all pods of the store hold, such as their token
   * @param origin names the store's ledger
   */
  constructor(secret: string, origin: string) {
    const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, origin, purpose, 32));
    this.#names = derived('forge-cascade names');
    this.#values = derived('forge-cascade values');
  }

  nameOf(key: string): string {
    return createHmac('sha256', this.#names).update(key).digest('base64url');
  }

  seal(name: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#values, nonce).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Null for what was not sealed under this name with this secret. */
  open(name: string, sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, this.#values, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      return null;
    }
  }
}
