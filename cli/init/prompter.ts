import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { AppError } from '../../core/errors.js';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** Asks a person. Every question throws AppError `cancelled` on Ctrl-C. */
export interface Prompter {
  /** `problem` says what is wrong with an answer, or undefined. */
  text(question: string, initial: string, problem: (answer: string) => string | undefined): Promise<string>;
  /** Not shown while it is typed. */
  hidden(question: string): Promise<string>;
  choose<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  confirm(question: string): Promise<boolean>;
  say(message: string): void;
}

/** A prompter on a terminal: standard output stays free for the result. */
export function createTerminalPrompter(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
): Prompter {
  const streams = { input, output, signal, withGuide: false };
  const answered = async <T>(asking: Promise<T | symbol>): Promise<T> => {
    const answer = await asking;
    if (isCancel(answer)) throw new AppError('cancelled', 'stopped; nothing was written');
    return answer as T;
  };
  return {
    text: async (message, initial, problem) => {
      const validate = (answer: string | undefined): string | undefined => problem(answer?.trim() ?? '');
      const answer = await answered<string>(text({ ...streams, message, initialValue: initial, validate }));
      return answer.trim();
    },
    hidden: (message) => answered<string>(password({ ...streams, message, validate: requireSome })),
    choose: <T extends string>(message: string, choices: readonly Choice<T>[]) =>
      answered<T>(select<string>({ ...streams, message, options: [...choices] }) as Promise<T | symbol>),
    confirm: (message) => answered<boolean>(confirm({ ...streams, message })),
    say: (message) => {
      output.write(`${message}\n`);
    },
  };
}

function requireSome(answer: string | undefined): string | undefined {
  return answer === undefined || answer === '' ? 'Nothing was typed.' : undefined;
}
