/**
 * Finding the files to import: the only step that looks at the file system's shape.
 * @module
 */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import type { DocumentFormat, ImportProblem, SourceFile } from './source-document.js';

/** Larger files are reported, not read. */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;

/** Folders nested deeper than this are reported, not entered. */
const MAX_DEPTH = 64;

const FORMATS: Readonly<Record<string, DocumentFormat>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.rst': 'rst',
  '.txt': 'text',
  '.jsonl': 'jsonl',
};

/** Of the files that are imported. */
export const IMPORTED_ENDINGS: readonly string[] = Object.keys(FORMATS);

export interface Discovery {
  /** The root folder's own name: the first segment of every key and, unless told otherwise, of every collection. */
  readonly rootName: string;
  /** By path, in code-unit order, so that a plan never depends on the file system's order. */
  readonly files: readonly SourceFile[];
  readonly problems: readonly ImportProblem[];
  /** Files of formats that are not imported. */
  readonly ignored: number;
}

/**
 * Lists what can be imported below `path`, a folder or a single file. Hidden entries are passed over. Symbolic links
 * are never followed: what they point to inside the root is imported in its own place.
 *
 * @throws the file system's error when `path` itself cannot be read
 */
export async function discover(path: string): Promise<Discovery> {
  const target = await realpath(path);
  const isFolder = (await stat(target)).isDirectory();
  const root = isFolder ? target : dirname(target);
  const walk = new Walk(root);
  if (isFolder) await walk.folder(target, 0);
  else await walk.entry(target, await lstat(target));
  walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { rootName: basename(root) || 'import', files: walk.files, problems: walk.problems, ignored: walk.ignored };
}

type EntryKind = Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'>;

class Walk {
  readonly files: SourceFile[] = [];
  readonly problems: ImportProblem[] = [];
  ignored = 0;

  constructor(private readonly root: string) {}

  async folder(folder: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return this.fail(folder, `nested deeper than ${MAX_DEPTH} folders`);
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      return this.fail(folder, unreadable(error));
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.folder(path, depth + 1);
      else await this.entry(path, entry);
    }
  }

  async entry(path: string, kind: EntryKind): Promise<void> {
    if (kind.isSymbolicLink()) return this.link(path);
    if (!kind.isFile()) return this.fail(path, `not a regular file (${kindName(kind)})`);
    const format = FORMATS[extname(path).toLowerCase()];
    if (format === undefined) {
      this.ignored += 1;
      return;
    }
    // A file name that is not UTF-8 comes back with replacement characters and cannot name a capsule faithfully.
    if (path.includes('\uFFFD')) return this.fail(path, 'its name is not valid UTF-8');
    try {
      const { size } = await lstat(path);
      if (size > MAX_FILE_BYTES) return this.fail(path, `larger than ${MAX_FILE_BYTES / 1024 / 1024} MB`);
      this.files.push({ path: this.relative(path), absolutePath: path, format, bytes: size });
    } catch (error) {
      this.fail(path, unreadable(error));
    }
  }

  private async link(path: string): Promise<void> {
    let target: string;
    try {
      target = await realpath(path);
    } catch (error) {
      const loop = error instanceof Error && 'code' in error && error.code === 'ELOOP';
      return this.fail(path, loop ? 'symbolic link that leads back to itself' : 'symbolic link that leads nowhere');
    }
    const inside = target === this.root || target.startsWith(this.root + sep);
    if (!inside) return this.fail(path, 'symbolic link that leads outside the folder');
    if (path === target || path.startsWith(target + sep)) {
      return this.fail(path, 'symbolic link to a folder that contains it');
    }
    const within = relative(this.root, target);
    if (within.split(sep).some((segment) => segment.startsWith('.'))) {
      this.fail(path, 'symbolic link to something hidden');
    }
  }

  private relative(path: string): string {
    return relative(this.root, path).split(sep).join('/');
  }

  private fail(path: string, reason: string): void {
    this.problems.push({ path: this.relative(path) || '.', line: null, severity: 'failed', reason });
  }
}

function kindName(kind: EntryKind): string {
  if (kind.isFIFO()) return 'a pipe';
  return kind.isSocket() ? 'a socket' : 'a device';
}

/** The file system's refusal in words. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read (permission denied)';
  if (code === 'ENOENT') return 'vanished while importing';
  return `cannot be read${code === '' ? '' : ` (${code})`}`;
}
