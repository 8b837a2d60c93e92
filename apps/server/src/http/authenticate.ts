/**
 * The bearer token: one secret, compared in constant time.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.js';

/** Checks an Authorization header. @throws Refusal UNAUTHENTICATED */
export type Authenticate = (authorization: string | undefined) => void;

export function bearerAuthenticator(token: string): Authenticate {
  // Hashes have one length, whatever was sent: neither content nor length shows in the time a comparison takes.
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) throw new Refusal('UNAUTHENTICATED', 'Send the header Authorization: Bearer TOKEN.');
    if (!timingSafeEqual(digest(given), expected)) throw new Refusal('UNAUTHENTICATED', 'The token is not valid.');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
