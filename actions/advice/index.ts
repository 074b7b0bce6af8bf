/** Advice for Airflow's cluster policy. */
export {
  adviceFile,
  adviceFor,
  VALID_SECONDS,
  type AdviceFile,
  type TaskAdvice,
  type TaskFailures,
} from './advice.js';
export { readTaskFailures } from './read-task-failures.js';
export { writeWhole } from './write-file.js';
