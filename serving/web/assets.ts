import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

const FILES: readonly (readonly [name: string, type: string])[] = [
  ['orc.css', 'text/css; charset=utf-8'],
  ['orc.js', 'text/javascript; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
];

export interface Assets {
  readonly files: ReadonlyMap<string, Asset>;
  /** Changes whenever a file does. */
  readonly version: string;
}

/** Reads the few files that pages refer to. */
export function loadAssets(): Assets {
  const hash = createHash('sha256');
  const files = new Map<string, Asset>();
  for (const [name, type] of FILES) {
    const content = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    hash.update(content);
    files.set(name, { name, type, content });
  }
  return { files, version: hash.digest('hex').slice(0, 10) };
}
