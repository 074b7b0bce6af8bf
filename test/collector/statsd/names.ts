import type { KnownNameList } from '../../../collector/statsd/known-names.js';

/** What the fact log knows of the Airflow of the recorded datagrams. */
export const KNOWN: KnownNameList = {
  dags: [
    { dagId: 'demo', taskIds: ['dotted.other', 'dotted.extract'] },
    { dagId: 'demo.dotted', taskIds: ['extract', 'load.flaky', 'load.write', 'mapped', 'publish'] },
    { dagId: 'asset_consumer', taskIds: ['consume'] },
    { dagId: 'manual_only', taskIds: ['one', 'two'] },
  ],
  pools: ['default_pool', 'small', 'grosser pool'],
};
