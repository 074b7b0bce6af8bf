/** The public face of serving: the live scorer, the HTTP server, API tokens. */
export { ROLES, hasRole, type Role } from './auth/roles.js';
export {
  countUsableTokens,
  createToken,
  listTokens,
  revokeToken,
  verifyToken,
  type ApiToken,
  type NewToken,
  type VerifiedToken,
} from './auth/tokens.js';
export { assertSafeToListen } from './http/hosts.js';
export { tryToListen } from './http/listen.js';
export { createServer, type Server, type ServerOptions } from './http/server.js';
export { createAirflowFollower, type AirflowFollower } from './live/airflow-follower.js';
export {
  activeRuns,
  evidenceOf,
  progressOf,
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
  type ScoreSource,
  type ScorerStatus,
} from './live/board.js';
export { mainReasons, mainSuggestion } from './live/main-reasons.js';
export { createScorer, type ModelSource, type Scorer, type ScorerOptions } from './live/scorer.js';
export { createThresholdFollower, type ThresholdFollower } from './live/threshold-follower.js';
export { type PollingStatus, type SourceStatus } from './source-status.js';
export type { ActionMetric, ActionMetrics } from './action-metrics.js';
export type { ActionDesk, DeskAction } from './action-desk.js';
