import type { AuditEntry } from '../../../actions/audit-entry.js';

/** 2026-11-26T00:00:00Z. */
export const START = 1_795_651_200;

/** The nth entry of a made-up trail. */
export function auditEntry(n: number): AuditEntry {
  return {
    at: START + n,
    deployment: 'default',
    who: n % 2 === 0 ? 'orc' : 'token:anna',
    what: 'action.approve',
    why: `the outage of "upstream" no. ${n} is over – naïve, but so`,
    before: { state: 'proposed', tries: [1, 2], nested: { b: 1.5, a: null } },
    after: { state: 'approved' },
    requestId: n % 3 === 0 ? null : `request-${n}`,
  };
}
