import type { Command } from 'commander';
import { addDecision, addSwitch } from '../actions/decide.js';
import { addExplain } from '../actions/explain.js';
import { addList } from '../actions/list.js';
import { addPromotion } from '../actions/promote.js';
import { addReport } from '../actions/report.js';
import { addGroup } from '../command.js';

/** `orc actions list/explain/approve/reject/stop/resume/promote/demote/report` */
export function addActions(program: Command): void {
  const actions = addGroup(
    program,
    'actions',
    'what ORC would do, waits to do and has done to Airflow',
    'orc actions list --state proposed',
  );
  addList(actions);
  addExplain(actions);
  addDecision(actions, 'approve', 'let a proposed action be called', 'approved');
  addDecision(actions, 'reject', 'let a proposed action go', 'rejected');
  addSwitch(actions, 'stop', 'do nothing any more, also after a restart', true);
  addSwitch(actions, 'resume', 'act again after a stop', false);
  addPromotion(actions);
  addReport(actions);
}
