/** A new temporary folder that a private PostgreSQL can put its data into; whoever asked for it removes it. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param name part of the folder's name. */
export async function makePrivateFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `orc-bench-${name}-`));
  // As root the server runs as another user, who must get in.
  await chmod(folder, 0o711);
  return folder;
}
