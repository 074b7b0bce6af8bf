// Copies what tsc leaves behind (SQL, HTML, CSS) into dist, beside the compiled code that reads it.
import { cpSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const roots = ['core', 'collector', 'features', 'model', 'serving', 'actions', 'alerts', 'datasets', 'cli'];
const kinds = new Set(['.sql', '.css', '.html', '.js', '.svg']);

for (const root of roots) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !kinds.has(extname(entry.name))) continue;
    const source = join(entry.parentPath, entry.name);
    cpSync(source, join('dist', source), { recursive: true });
  }
}
