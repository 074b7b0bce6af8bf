import { describe, expect, it } from 'vitest';
import { actionOf, TRANSITION_EVENTS } from '../../../../collector/airflow/event-log/action.js';

describe('what a person did', () => {
  it.each([
    ['post_clear_task_instances', 'clear'],
    ['clear_dag_runs', 'clear'],
    ['api.post_clear_task_instances', 'clear'],
    ['dagrun_clear', 'clear'],
    ['patch_task_instance', 'mark'],
    ['patch_dag_run', 'mark'],
    ['api.update_dag_run_state', 'mark'],
    ['ui.set_task_instance_state', 'mark'],
    ['dagrun_failed', 'mark'],
    ['failed', 'mark'],
    ['trigger_dag_run', 'trigger'],
    ['api.post_dag_run', 'trigger'],
    ['patch_dag', 'pause'],
    ['paused', 'pause'],
    ['delete_dag_run', 'delete'],
    ['delete_pool', 'pool'],
    ['create_backfill', 'backfill'],
    ['api.variable.create', 'variable'],
    ['post_connection', 'connection'],
    ['create_asset_event', 'asset'],
    ['reparse_dag_file', 'reparse'],
    ['cli_scheduler', 'command_line'],
    ['create_xcom_entry', 'other'],
  ])('%s is %s', (event, action) => {
    expect(actionOf(event, false)).toBe(action);
  });

  it.each([
    'graph',
    'get_dag',
    'confirm',
    'state mismatch',
    'generate_token',
    'cli_task_run',
    'legacy_gantt',
  ])('%s is nothing', (event) => {
    expect(actionOf(event, false)).toBeNull();
  });

  it('is not what a task wrote about itself', () => {
    for (const event of TRANSITION_EVENTS) expect(actionOf(event, true), event).toBeNull();
  });
});
