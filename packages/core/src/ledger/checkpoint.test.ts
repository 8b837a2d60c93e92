import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  formatCheckpoint,
  generateLedgerKey,
  openNote,
  parseCheckpoint,
  parseNote,
  parseSigner,
  parseVerifier,
  signCheckpoint,
  signNote,
  verifyCheckpoint,
} from './checkpoint.js';

// The published keys and note of golang.org/x/mod/sumdb/note.
const PETER_PRIVATE = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TEXT = `If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n`;
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
// The example of the C2SP tlog-checkpoint specification.
const SOFA_BODY = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const SOFA = `${SOFA_BODY}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`;

const ROOT = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64');
const ORIGIN = 'ledger.example/north';

function catching(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

function reasonOf(run: () => unknown): string {
  const error = catching(run);
  if (error === null) return 'accepted';
  return error instanceof CheckpointError ? error.reason : String(error);
}

function bumped(text: string, at: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) + 1) + text.slice(at + 1);
}

describe('ledger keys', () => {
  it('[LED-23] read the published key texts', () => {
    expect(parseSigner(PETER_PRIVATE)).toMatchObject({ name: 'PeterNeumann', keyId: 0xc74f20a3, verifierKey: PETER });
    expect(parseVerifier(ENOCH)).toMatchObject({ name: 'EnochRoot', keyId: 0xaf0cfe78 });
  });

  it('[LED-23] refuse every part and every changed character of a key text', () => {
    const accepted: string[] = [];
    for (const [whole, parse] of [
      [PETER, parseVerifier],
      [PETER_PRIVATE, parseSigner],
    ] as const) {
      const mangled: string[] = [];
      for (let from = 0; from < whole.length; from++) {
        mangled.push(bumped(whole, from));
        for (let to = from; to <= whole.length; to++) if (to - from < whole.length) mangled.push(whole.slice(from, to));
      }
      accepted.push(...mangled.filter((text) => reasonOf(() => parse(text)) !== 'malformed_key'));
    }
    expect(accepted).toEqual([]);
  });

  it('[LED-23] refuse a wrong length, an unknown algorithm and loose base64, though the key id fits', () => {
    for (const text of [
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
      'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      `${PETER}\n`,
      PETER.replace('/', '_'),
    ]) {
      expect(reasonOf(() => parseVerifier(text))).toBe('malformed_key');
    }
  });

  it('[LED-23] are made for a name, and sign what their other half verifies', () => {
    const key = generateLedgerKey(ORIGIN);
    const other = generateLedgerKey(ORIGIN);
    const note = signCheckpoint(formatCheckpoint({ origin: ORIGIN, size: 7, root: ROOT }), parseSigner(key.privateKey));
    expect(parseSigner(key.privateKey).verifierKey).toBe(key.verifierKey);
    expect(verifyCheckpoint(note, [key.verifierKey], ORIGIN)).toMatchObject({ origin: ORIGIN, size: 7 });
    expect(reasonOf(() => verifyCheckpoint(note, [other.verifierKey]))).toBe('no_known_signature');
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u0085b', 'a\ud800']) {
      expect(reasonOf(() => generateLedgerKey(name))).toBe('malformed_key');
    }
  });

  it('[LED-23] never show their secret in an error', () => {
    const secret = PETER_PRIVATE.slice(-44);
    const broken = [
      `PRIVATE+KEY+Peter Neumann+c74f20a3+${secret}`,
      `PRIVATE+KEY+PeterNeumann+c74f20a4+${secret}`,
      `PRIVATE+KEY+PeterNeumann+c74f20a3+${secret}AAAA`,
      secret,
    ];
    for (const text of broken) {
      const error: unknown = catching(() => parseSigner(text));
      expect(String(error)).toContain('not a ledger key');
      expect(String(error)).not.toContain(secret.slice(0, 12));
    }
  });
});

describe('signed notes', () => {
  it('[LED-24] are signed byte for byte as the published note', () => {
    expect(signNote(TEXT, parseSigner(PETER_PRIVATE))).toBe(`${TEXT}\n${PETER_LINE}`);
  });

  it('[LED-24] open with any known key and ignore unknown ones', () => {
    const note = `${TEXT}\n${PETER_LINE}${ENOCH_LINE}`;
    expect(openNote(note, [parseVerifier(PETER)]).text).toBe(TEXT);
    expect(openNote(note, [parseVerifier(ENOCH)]).text).toBe(TEXT);
    expect(openNote(note, [parseVerifier(PETER), parseVerifier(ENOCH)]).signatures.map(({ name }) => name)).toEqual([
      'PeterNeumann',
      'EnochRoot',
    ]);
    expect(reasonOf(() => openNote(note, []))).toBe('no_known_signature');
  });

  it('[LED-24] ignore a signature that shares only a name or only an id with a known key', () => {
    const peter = parseVerifier(PETER);
    const renamed = PETER_LINE.replace('PeterNeumann', 'CarmenSandiego');
    const otherId = PETER_LINE.replace('x08g', 'xxxx');
    for (const line of [renamed, otherId]) {
      expect(reasonOf(() => openNote(`${TEXT}\n${line}`, [peter]))).toBe('no_known_signature');
      expect(openNote(`${TEXT}\n${line}${PETER_LINE}`, [peter]).text).toBe(TEXT);
    }
  });

  it('[LED-24] are condemned by one bad signature of a known key', () => {
    const [peter, enoch] = [parseVerifier(PETER), parseVerifier(ENOCH)];
    const longer = PETER_LINE.slice(0, 60) + 'ABCD' + PETER_LINE.slice(60);
    const swapped = PETER_LINE.replace('/ZJk', '/ZJl');
    for (const line of [longer, swapped]) {
      expect(reasonOf(() => openNote(`${TEXT}\n${line}${ENOCH_LINE}`, [peter, enoch]))).toBe('bad_signature');
    }
    expect(reasonOf(() => openNote(`${TEXT}\n${ENOCH_LINE}`, [enoch, peter, enoch]))).toBe('ambiguous_key');
  });

  it('[LED-24] are refused when malformed', () => {
    const malformed = [
      TEXT,
      `${TEXT}\n`,
      `${TEXT}\n${PETER_LINE.slice(0, -1)}`,
      `\x01${TEXT}\n${PETER_LINE}`,
      `${TEXT}\r\n\n${PETER_LINE}`,
      `\ud800${TEXT}\n${PETER_LINE}`,
      `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad Name')}`,
      `${TEXT}\n${PETER_LINE}Unexpected line.\n`,
      `${TEXT}\n${PETER_LINE.replace('— ', '- ')}`,
      `${TEXT}\n— PeterNeumann x08gow==\n`,
      `${TEXT}\n— PeterNeumann x08go/Z\n`,
      `${TEXT}\n${PETER_LINE.repeat(101)}`,
      `${'x'.repeat(1_000_000)}\n\n${PETER_LINE}`,
    ];
    const found = malformed.map((note) => reasonOf(() => openNote(note, [parseVerifier(PETER)])));
    expect(found).toEqual(malformed.map(() => 'malformed_note'));
    expect(openNote(`${TEXT}\n${PETER_LINE.repeat(100)}`, [parseVerifier(PETER)]).signatures).toHaveLength(100);
    for (const text of ['no newline', 'a\tb\n', '\ud800\n']) {
      expect(reasonOf(() => signNote(text, parseSigner(PETER_PRIVATE)))).toBe('malformed_note');
    }
  });

  it('[LED-24] may hold empty lines in their text', () => {
    const note = signNote('one\n\ntwo\n', parseSigner(PETER_PRIVATE));
    expect(parseNote(note).text).toBe('one\n\ntwo\n');
    expect(openNote(note, [parseVerifier(PETER)]).text).toBe('one\n\ntwo\n');
  });
});

describe('checkpoints', () => {
  const signer = parseSigner(PETER_PRIVATE);
  const body = formatCheckpoint({ origin: ORIGIN, size: 20_852_163, root: ROOT });
  const note = signCheckpoint(body, signer);

  it('[LED-25] are written and read as the published example', () => {
    expect(formatCheckpoint({ origin: 'example.com/behind-the-sofa', size: 20_852_163, root: ROOT })).toBe(SOFA_BODY);
    const parsed = parseCheckpoint(SOFA);
    expect(parsed).toMatchObject({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      body: SOFA_BODY,
      extensions: [],
    });
    expect(Buffer.from(parsed.root).equals(ROOT)).toBe(true);
    expect(parsed.signatures).toMatchObject([{ name: 'example.com/behind-the-sofa', keyId: 0x033de0ae }]);
  });

  it('[LED-25] are neither written nor signed with a fault', () => {
    const good = { origin: ORIGIN, size: 1, root: ROOT };
    for (const bad of [
      { origin: '' },
      { origin: 'a\nb' },
      { size: -1 },
      { size: 1.5 },
      { size: 2 ** 53 },
      { root: ROOT.subarray(1) },
    ]) {
      expect(reasonOf(() => formatCheckpoint({ ...good, ...bad }))).toBe('malformed_body');
    }
    expect(reasonOf(() => signCheckpoint(TEXT, signer))).toBe('malformed_body');
  });

  it('[LED-26] are refused when their body is malformed, though the signature holds', () => {
    const root = ROOT.toString('base64');
    const bodies = [
      `${ORIGIN}\n1\n`,
      `${ORIGIN}\n01\n${root}\n`,
      `${ORIGIN}\n-1\n${root}\n`,
      `${ORIGIN}\n1.0\n${root}\n`,
      `${ORIGIN}\n 1\n${root}\n`,
      `${ORIGIN}\n9007199254740992\n${root}\n`,
      `${ORIGIN}\n99999999999999999999\n${root}\n`,
      `${ORIGIN}\n1\n${root.slice(0, -1)}\n`,
      `${ORIGIN}\n1\n${root.slice(4)}\n`,
      `${ORIGIN}\n1\n${root}\n\n`,
      `\n1\n${root}\n`,
      `${ORIGIN}\n1\n${root}\nmore\n\nmore\n`,
    ];
    const found = bodies.map((bad) => reasonOf(() => verifyCheckpoint(signNote(bad, signer), [PETER])));
    expect(found).toEqual(bodies.map(() => 'malformed_body'));
    expect(verifyCheckpoint(signNote(`${ORIGIN}\n0\n${root}\nmore\n`, signer), [PETER])).toMatchObject({
      size: 0,
      extensions: ['more'],
    });
  });

  it('[LED-27] verify only under a known key and for the origin asked for', () => {
    expect(verifyCheckpoint(note, [parseVerifier(PETER)], ORIGIN)).toMatchObject({ size: 20_852_163 });
    expect(reasonOf(() => verifyCheckpoint(note, [PETER], 'ledger.example/south'))).toBe('origin_mismatch');
    expect(reasonOf(() => verifyCheckpoint(note, [ENOCH], ORIGIN))).toBe('no_known_signature');
    expect(reasonOf(() => verifyCheckpoint(note, ['PeterNeumann'], ORIGIN))).toBe('malformed_key');
  });

  it('[LED-27] fail when any single character was changed', () => {
    const survived: number[] = [];
    for (let at = 0; at < note.length; at++) {
      if (reasonOf(() => verifyCheckpoint(bumped(note, at), [PETER], ORIGIN)) === 'accepted') survived.push(at);
    }
    expect(survived).toEqual([]);
  });
});
