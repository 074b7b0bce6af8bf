/** The audit trail: hash-chained entries, their export and verification. */
export { appendAudit, auditLog } from './append.js';
export { CHAIN_START, type ChainBreak, type ChainHead, type ChainRow } from './chain.js';
export { fromJsonLines, toJsonLine } from './json-lines.js';
export { readAudit, readAuditHead } from './read.js';
export { verifyAudit, verifyChain, type Verification, type VerifyOptions } from './verify.js';
