/** `step.js STEP ARGUMENT...`: one step of the training bench in a process of its own, so that its peak of memory is its own. */
import { writeHistoryFile } from '../../datasets/simulator/write-history.js';
import { simulate } from '../../datasets/simulator/simulate.js';
import { simulatedHistory } from '../histories.js';
import { loadMatrix } from '../quality-matrix.js';
import type { Matrix } from '../quality-matrix.js';
import { CACHE } from '../xgboost.js';
import { measureFit } from './fit.js';
import { trainStore } from './store.js';

const history = (tries: number) => ({ seed: 1, dags: 300, days: 3650, tries });

function matrixOf(tries: number): Promise<Matrix> {
  return loadMatrix(`simulated-${tries}`, CACHE, () => Promise.resolve(simulatedHistory(history(tries))));
}

const STEPS: Readonly<Record<string, (first: string, second: string) => Promise<unknown>>> = {
  /** TRIES */
  vectors: async (tries) => {
    const { rows } = await matrixOf(Number(tries));
    return { rows };
  },
  /** TRIES */
  fit: async (tries) => measureFit(await matrixOf(Number(tries))),
  /** TRIES FILE */
  history: (tries, file) => writeHistoryFile(file, simulate(history(Number(tries)))),
  /** scratch|warm DATA_DIR */
  train: (start, dataDir) => trainStore(dataDir, start === 'warm'),
};

const [step = '', first = '', second = ''] = process.argv.slice(2);
const run = STEPS[step];
if (run === undefined) throw new Error(`unknown step ${step}; known: ${Object.keys(STEPS).join(', ')}`);
process.stdout.write(JSON.stringify(await run(first, second)));
