import { z } from 'zod';
import { receiverFields, teamName } from './alert-routing.js';
import { dagSelector } from './alerts.js';
import { emailAddress, slackChannel } from './notifications.js';

const teamSchema = z.strictObject({
  name: teamName.meta({ description: 'Name of the team: the label `team` of its alerts.' }),
  ...dagSelector,
  slack_channel: slackChannel
    .nullable()
    .default(null)
    .meta({ description: 'Channel to which ORC tells its incidents; the general one unless set.' }),
  email_to: z
    .array(emailAddress)
    .default([])
    .meta({ description: 'Addresses to which ORC tells its incidents; the general ones unless set.' }),
  alertmanager: z.strictObject(receiverFields).prefault({}).meta({
    description: 'Where Alertmanager itself tells its alerts, beside ORC.',
  }),
});
export type TeamConfig = z.output<typeof teamSchema>;

/** A team may have several entries; where they say who gets its alerts, they have to say the same. */
function rejectSecondReceivers(teams: readonly TeamConfig[], context: z.RefinementCtx): void {
  teams.forEach((team, index) => {
    const at = teams.findIndex(({ name }) => name === team.name);
    const places = (entry: TeamConfig): [path: string[], value: unknown][] => [
      [['slack_channel'], entry.slack_channel],
      [['email_to'], entry.email_to.length === 0 ? null : entry.email_to],
      ...Object.entries(entry.alertmanager).map(([key, value]): [string[], unknown] => [
        ['alertmanager', key],
        value,
      ]),
    ];
    const first = places(teams[at]!);
    places(team).forEach(([path, value], place) => {
      if (at === index || value === null || JSON.stringify(value) === JSON.stringify(first[place]![1]))
        return;
      context.addIssue({
        code: 'custom',
        path: [index, ...path],
        message: `differs from that of entry ${at}, the first of the team ${team.name}; set it there alone`,
      });
    });
  });
}

/** `teams`: whose a DAG is, and who is told of it. */
export const teamsSchema = z.array(teamSchema).superRefine(rejectSecondReceivers);
