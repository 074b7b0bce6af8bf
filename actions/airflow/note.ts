import type { RequestOf } from '../request.js';
import { refused } from './results.js';
import { LONGEST_NOTE, type Call } from './site.js';

export interface BeforeNote {
  readonly note: string | null;
}

/** Adds a line to the note of a run; what people wrote stays. */
export function noteCall({ dagId, runId, text }: RequestOf<'note'>): Call<BeforeNote> {
  const hasLine = (note: string | null): boolean => note?.split('\n').includes(text) === true;
  const extended = (note: string | null): string =>
    note === null || note === '' ? text : `${note}\n${text}`;
  return {
    async prepare(site) {
      const run = await site.run(dagId, runId);
      if (run === null) return refused('not_found', `${dagId} has no run ${runId}`);
      if (hasLine(run.note)) return refused('already_so', `the note of run ${runId} says so already`);
      if (extended(run.note).length > LONGEST_NOTE)
        return refused('too_much', `the note of run ${runId} has no room for ${text.length} more characters`);
      return { outcome: 'ready', before: { note: run.note } };
    },
    perform: (site, before) => site.setNote(dagId, runId, extended(before.note)),
    async effect(site) {
      const run = await site.run(dagId, runId);
      return run !== null && hasLine(run.note) ? { note: run.note } : null;
    },
  };
}
