export {
  HISTORY_FILE_SOURCE,
  importHistoryFile,
  type ImportOptions,
  type ImportResult,
} from './import-history-file.js';
export { HISTORY_COLUMNS, type HistoryColumn } from './columns.js';
