/** A number from 0 to 1 that is the same for a key in every replay, and another for another purpose (FNV-1a with a final mix). */
export function keyShare(key: string, purpose: string): number {
  let hash = 0x811c9dc5;
  for (const text of [purpose, key]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
