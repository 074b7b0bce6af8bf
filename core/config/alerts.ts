import { z } from 'zod';
import { rejectContradictions } from './contradictions.js';
import { alertmanagerSchema, linksSchema } from './alert-routing.js';

const optionalText = (description: string) =>
  z.string().min(1).nullable().default(null).meta({ description });

/** Which DAGs an entry is about; what is not set matches every DAG. */
export const dagSelector = {
  deployment: optionalText('Only DAGs of this deployment.'),
  tag: optionalText('Only DAGs with this tag.'),
  owner: optionalText('Only DAGs of this owner.'),
  dag_id: optionalText('Only DAGs of this id, in which `*` stands for any text, such as `finance_*`.'),
};

const MOST = 1e12;
const COSTS = {
  missed_failure: {
    schema: z.number().positive().max(MOST),
    description: 'What a failure (or a late end) costs that nobody was warned of, in any unit.',
  },
  warning: {
    schema: z.number().positive().max(MOST),
    description: 'What a warning costs that turns out to be false, in the same unit.',
  },
  action: {
    schema: z.number().min(0).max(MOST),
    description:
      'What it costs to act on a warning at once, in the same unit; above it a warning is critical.',
  },
  avertable_share: {
    schema: z.number().positive().max(1),
    description: "Share of a failure's cost that a warning in time can avert, above 0 and up to 1.",
  },
} as const;

/** The costs that the thresholds come from. */
export const COST_KEYS = ['missed_failure', 'warning', 'action', 'avertable_share'] as const;
export type CostKey = (typeof COST_KEYS)[number];

const costsSchema = z
  .strictObject({
    missed_failure: COSTS.missed_failure.schema
      .default(100)
      .meta({ description: COSTS.missed_failure.description }),
    warning: COSTS.warning.schema.default(10).meta({ description: COSTS.warning.description }),
    action: COSTS.action.schema.default(20).meta({ description: COSTS.action.description }),
    avertable_share: COSTS.avertable_share.schema
      .default(0.5)
      .meta({ description: COSTS.avertable_share.description }),
  })
  .refine(
    ({ missed_failure, warning, avertable_share }) => warning < missed_failure * avertable_share,
    '`warning` has to be less than `missed_failure` x `avertable_share`: else no risk is worth a warning',
  );

const overridden = (key: CostKey) =>
  COSTS[key].schema
    .nullable()
    .default(null)
    .meta({ description: `\`alerts.costs.${key}\` of these DAGs.` });

const SELECTOR_KEYS = ['deployment', 'tag', 'owner', 'dag_id'] as const;

const overrideSchema = z
  .strictObject({
    ...dagSelector,
    missed_failure: overridden('missed_failure'),
    warning: overridden('warning'),
    action: overridden('action'),
    avertable_share: overridden('avertable_share'),
  })
  .refine(
    (entry) => SELECTOR_KEYS.some((key) => entry[key] !== null),
    'set at least one of `deployment`, `tag`, `owner` and `dag_id`; costs of all DAGs belong in `alerts.costs`',
  )
  .refine(
    (entry) => COST_KEYS.some((key) => entry[key] !== null),
    'set at least one of `missed_failure`, `warning`, `action` and `avertable_share`',
  );
export type CostOverride = z.output<typeof overrideSchema>;

/** `alerts`: when a risk is worth a warning, and who gets it. */
export const alertsSchema = z.strictObject({
  costs: costsSchema
    .prefault({})
    .meta({ description: 'What failures, warnings and actions cost; the thresholds of risk follow.' }),
  overrides: z.array(overrideSchema).superRefine(rejectContradictions(COST_KEYS)).default([]).meta({
    description: 'Other costs of some DAGs; of several entries, the first that sets a cost counts.',
  }),
  warnings_per_day: z.number().positive().max(1_000_000).default(5).meta({
    description:
      'Budget of warnings a day and deployment: where the costs alone would lead to more, the thresholds rise.',
  }),
  links: linksSchema.prefault({}).meta({ description: 'Where the links of alerts lead.' }),
  alertmanager: alertmanagerSchema
    .prefault({})
    .meta({ description: 'The Alertmanager configuration that `orc alerts render` writes.' }),
});

export type AlertsConfig = z.output<typeof alertsSchema>;
