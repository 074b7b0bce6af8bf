/** Why a try failed, from the end of its log. Pure: no I/O; nothing unmasked leaves it. */
export { explainLogEnd, type FailureReason } from './explain-log-end.js';
export { maskSecrets } from './mask-secrets.js';
export { shorten } from './shorten.js';
export { TemplateMiner, type MinedTemplate, type TemplateMinerOptions } from './template-miner.js';
