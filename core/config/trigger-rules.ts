/** Which DAG is started when a run of another one fails, such as one that repairs. */
import { z } from 'zod';
import { matchesPattern } from '../dag-pattern.js';
import { FAILURE_CLASSES } from '../facts.js';
import { dagSelector } from './alerts.js';

/** In the `conf` of a run that ORC starts: what it is started for. */
export const FAILED_RUN_KEY = 'failed_run';

/** What a person stopped is not answered. */
const CLASSES = FAILURE_CLASSES.filter((failureClass) => failureClass !== 'stopped_by_person');

const classesSchema = z
  .array(z.enum(CLASSES))
  .min(1)
  .refine((classes) => new Set(classes).size === classes.length, 'a class occurs twice');

const ruleSchema = z
  .strictObject({
    ...dagSelector,
    classes: classesSchema.meta({
      description: 'When a run of theirs fails of one of these classes ...',
      examples: [['data']],
    }),
    start: z
      .string()
      .min(1)
      .meta({ description: '... a run of this DAG is started, once.', examples: ['repair_orders'] }),
    conf: z
      .record(z.string(), z.json())
      .default({})
      .meta({ description: `Is given to it, with \`${FAILED_RUN_KEY}\`: dag_id, run_id and class.` }),
  })
  .refine(
    ({ deployment, tag, owner, dag_id }) => [deployment, tag, owner, dag_id].some((value) => value !== null),
    'set at least one of `deployment`, `tag`, `owner` and `dag_id`: which failures it answers',
  )
  .refine(({ dag_id, start }) => dag_id === null || !matchesPattern(dag_id, start), {
    path: ['start'],
    message: 'would be started by its own failure: expected a DAG that `dag_id` does not match',
  })
  .refine(({ conf }) => !(FAILED_RUN_KEY in conf), {
    path: ['conf', FAILED_RUN_KEY],
    message: 'is given by ORC; expected another key',
  });
export type TriggerRule = z.output<typeof ruleSchema>;

const SELECTORS = ['deployment', 'tag', 'owner', 'dag_id'] as const;

/** Rules for the same DAGs and the same class: which one counts would be a guess. */
export const triggerRulesSchema = z.array(ruleSchema).superRefine((rules, context) => {
  const seen = new Map<string, number>();
  rules.forEach((rule, index) => {
    for (const failureClass of rule.classes) {
      const place = JSON.stringify([...SELECTORS.map((selector) => rule[selector]), failureClass]);
      const earlier = seen.get(place);
      if (earlier === undefined) seen.set(place, index);
      else
        context.addIssue({
          code: 'custom',
          path: [index, 'classes'],
          message: `entry ${earlier} answers ${failureClass} of the same DAGs already; keep one`,
        });
    }
  });
});
