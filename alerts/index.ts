/** The public face of alerts: incidents and their messages. */
export type { DagSituation, IncidentKey, Situation, SituationSource } from './incidents/types.js';
export type { Taken } from './incidents/intake.js';
export {
  createNotifications,
  type NotificationCount,
  type Notifications,
  type NotificationsOptions,
} from './notifications.js';
export type { SignedRequest } from './slack/signature.js';
export type { PressVerdict } from './slack/take-press.js';
