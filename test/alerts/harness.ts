/** The whole of notifications on a real database, with a clock, a situation and a fact log to turn by hand. */
import { afterAll, beforeAll } from 'vitest';
import { createNotifications, type ActionSource, type Notifications } from '../../alerts/index.js';
import type { Situation } from '../../alerts/incidents/types.js';
import { notificationsSchema, type NotificationsConfig } from '../../core/config/notifications.js';
import { teamsSchema } from '../../core/config/teams.js';
import type { Database } from '../../core/database/port.js';
import type { RunEnd } from '../../core/fact-log/read-run-ends.js';
import { silentLogger } from '../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { NOW, sketchSituation } from './sketches.js';

export class World {
  now = NOW;
  situation: Situation | null = sketchSituation();
  runEnds: RunEnd[] = [];
  readonly printed: string[] = [];

  constructor(readonly database: Database) {}

  /** A process of ORC: several of them may share the database. */
  start({
    teams = [],
    actions,
    ...config
  }: {
    readonly teams?: readonly object[];
    readonly actions?: ActionSource;
  } & Record<string, unknown> = {}): Notifications {
    const parsed: NotificationsConfig = notificationsSchema.parse(config);
    return createNotifications({
      ...(actions === undefined ? {} : { actions }),
      database: this.database,
      config: parsed,
      teams: teamsSchema.parse(teams),
      situations: {
        situation: () => Promise.resolve(this.situation),
        runEnds: () => Promise.resolve(this.runEnds),
      },
      airflowUrl: () => 'https://airflow.example.com',
      retentionDays: 365,
      clock: () => this.now,
      logger: silentLogger(),
      print: (text) => this.printed.push(text),
    });
  }

  /** Rounds a second or so apart, until nothing is sent any more. */
  async settle(notifications: Notifications, rounds = 20): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.now += 11;
      if ((await notifications.work()) === 0) return;
    }
  }

  async forget(): Promise<void> {
    await this.database.execute('TRUNCATE incident, notification, incident_feedback, slack_request CASCADE');
    this.now = NOW;
    this.situation = sketchSituation();
    this.runEnds = [];
    this.printed.length = 0;
  }
}

/** One database for the tests of a file; each starts anew with {@link World.forget}. */
export function useWorld(): { readonly world: World } {
  let store: TemporaryDatabase;
  let world: World;
  beforeAll(async () => {
    store = await temporaryDatabase();
    world = new World(store.database);
  });
  afterAll(() => store.drop());
  return {
    get world() {
      return world;
    },
  };
}
