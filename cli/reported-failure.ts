/** Ends a command with exit code 1 whose result, already printed, says what failed. */
export class ReportedFailure extends Error {
  constructor() {
    super('the printed result says what failed');
    this.name = 'ReportedFailure';
  }
}
