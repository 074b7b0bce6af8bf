const SECRET_KEYS = new Set([
  'password',
  'token',
  'signing_secret',
  'app_token',
  'database_url',
  'metadata_database_url',
  'proxy',
]);
/** Maps of which every value is a secret. */
const SECRET_MAPS = new Set(['headers']);

/** Copy of a configuration in which every secret that is set reads `[hidden]`. */
export function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_KEYS.has(key) && inner !== null ? '[hidden]' : hideInner(key, inner),
    ]),
  );
}

function hideInner(key: string, inner: unknown): unknown {
  if (!SECRET_MAPS.has(key) || typeof inner !== 'object' || inner === null) return hideSecrets(inner);
  return Object.fromEntries(Object.keys(inner).map((name) => [name, '[hidden]']));
}
