import type { z } from 'zod';

const SELECTORS = ['deployment', 'tag', 'owner', 'dag_id'] as const;
type Selector = (typeof SELECTORS)[number];

/** Entries about the same DAGs that set the same key to different values: which one counts would be a guess. */
export function rejectContradictions<K extends string>(keys: readonly K[]) {
  return (
    overrides: readonly Readonly<Record<K | Selector, unknown>>[],
    context: Pick<z.RefinementCtx, 'addIssue'>,
  ): void => {
    const seen = new Map<string, { readonly index: number; readonly value: string }>();
    overrides.forEach((entry, index) => {
      for (const key of keys) {
        if (entry[key] === null) continue;
        const value = JSON.stringify(entry[key]);
        const place = JSON.stringify([...SELECTORS.map((selector) => entry[selector]), key]);
        const earlier = seen.get(place);
        if (earlier === undefined) seen.set(place, { index, value });
        else if (earlier.value !== value)
          context.addIssue({
            code: 'custom',
            path: [index, key],
            message: `contradicts entry ${earlier.index}, which sets ${earlier.value} for the same DAGs; keep one`,
          });
      }
    });
  };
}
