/**
 * The manifest as its author writes it. The engine checks it in full when the overlay is installed; here only what
 * building and testing take from it is looked at.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OverlayFaulty } from './overlay-faulty.js';

/** Fields as in docs/overlays/abi.md. */
export interface OverlayManifestJson {
  readonly abi: number;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly capabilities: readonly string[];
  readonly exports: readonly string[];
  readonly fuel_budget?: Readonly<Record<string, number>>;
  /** Pages of 64 KiB. */
  readonly memory_limit_pages?: number;
  readonly deadline_ms?: number;
  readonly subscriptions?: readonly { readonly type: string; readonly handler: string }[];
  readonly config?: Readonly<Record<string, unknown>>;
}

const DEFAULT_PAGES = 256;
const MOST_PAGES = 1_024;

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');

/** @throws OverlayFaulty `NO_MANIFEST`, `BAD_MANIFEST` */
export async function readManifest(folder: string): Promise<OverlayManifestJson> {
  let text: string;
  try {
    text = await readFile(manifestFile(folder), 'utf8');
  } catch {
    throw new OverlayFaulty('NO_MANIFEST', ['there is no manifest.json; `forge overlay init` makes one'], folder);
  }
  return manifestOf(text, manifestFile(folder));
}

/** @param where names the text in errors. @throws OverlayFaulty `BAD_MANIFEST` */
export function manifestOf(text: string, where: string): OverlayManifestJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OverlayFaulty('BAD_MANIFEST', [`it is no JSON: ${(error as Error).message}`], where);
  }
  const faults = faultsOf(value);
  if (faults.length > 0) throw new OverlayFaulty('BAD_MANIFEST', faults, where);
  return value as OverlayManifestJson;
}

/** Most memory of a module, in pages. */
export const pagesOf = ({ memory_limit_pages: pages = DEFAULT_PAGES }: OverlayManifestJson): number => pages;

function faultsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['it must be a JSON object'];
  const manifest = value as Record<string, unknown>;
  const faults: string[] = [];
  if (manifest['abi'] !== 1) faults.push('`abi` must be 1');
  if (!matches(manifest['id'], /^[a-z][a-z0-9_]{0,63}$/)) {
    faults.push('`id` must be 1 to 64 lower-case letters, digits and _, beginning with a letter');
  }
  for (const field of ['name', 'version']) {
    if (!matches(manifest[field], /./)) faults.push(`\`${field}\` must be a text`);
  }
  for (const field of ['capabilities', 'exports']) {
    const list = manifest[field];
    if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) {
      faults.push(`\`${field}\` must be a list of names`);
    }
  }
  const pages = manifest['memory_limit_pages'] ?? DEFAULT_PAGES;
  if (typeof pages !== 'number' || !Number.isInteger(pages) || pages < 1 || pages > MOST_PAGES) {
    faults.push(`\`memory_limit_pages\` must be a whole number from 1 to ${MOST_PAGES}`);
  }
  return faults;
}

const matches = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value);
