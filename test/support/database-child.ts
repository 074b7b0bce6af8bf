import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Request } from './database-process.js';

export interface ChildOptions {
  /** Made by copyCheckout. */
  readonly checkout: string;
  /** Absent: the user of the tests. */
  readonly uid?: number;
  /** Program that runs Node.js with what it is given; Node.js itself unless given. */
  readonly launcher?: string;
}

/** A separate Node.js process that opens the store as an `orc` command does. */
export class DatabaseChild {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  constructor(options: ChildOptions) {
    this.#child = fork(join(options.checkout, 'test/support/database-process.js'), [], {
      cwd: '/',
      env: {},
      execPath: options.launcher ?? process.execPath,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString('utf8');
      });
    }
  }

  /** Everything that it wrote to standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  ask(request: Request): Promise<Answer> {
    this.#child.send(request);
    return Promise.race([
      new Promise<Answer>((resolve) => this.#child.once('message', resolve)),
      this.#ended.then(() => {
        throw new Error(`The process ended: ${this.#output}`);
      }),
    ]);
  }

  async open(dataDir: string): Promise<this> {
    const answer = await this.ask({ do: 'open', dataDir });
    if (!answer.ok) throw new Error(`${answer.code}: ${answer.message} (${answer.fix})`);
    return this;
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    const answer = await this.ask({ do: 'query', sql });
    if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
    return answer.rows;
  }

  /** Closes the store; the process then ends by itself, as nothing is left open. */
  async close(): Promise<void> {
    await this.ask({ do: 'close' });
    this.#child.disconnect();
    await this.#ended;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
