import { describe, expect, it } from 'vitest';
import { mapEventLog } from '../../../../collector/airflow/map-surroundings.js';
import type { ApiEventLog } from '../../../../collector/airflow/rows.js';

const row: ApiEventLog = {
  ...{ event_log_id: 1, when: 100, event: 'post_clear_task_instances', dag_id: 'orders', task_id: null },
  ...{ run_id: 'r', map_index: null, try_number: null, owner: 'orc', detail: null, is_transition: false },
};

describe('what the user did as whom ORC acts', () => {
  it('is nothing that a person did', () => {
    expect(mapEventLog(row, 'prod', null)).toMatchObject({ owner: 'orc', dagId: 'orders' });
    expect(mapEventLog(row, 'prod', 'ada')).toMatchObject({ owner: 'orc' });
    expect(mapEventLog(row, 'prod', 'orc')).toBeNull();
    expect(mapEventLog({ ...row, owner: null }, 'prod', 'orc')).not.toBeNull();
  });

  it('is told apart from a task whose owner has the same name', () => {
    const own = { ...row, event: 'failed', is_transition: true };
    expect(mapEventLog(own, 'prod', 'orc')).toEqual(mapEventLog(own, 'prod', null));
  });
});
