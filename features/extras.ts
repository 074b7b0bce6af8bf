/** The keys of `extra`, sorted into what groups use: shared text values and numbers, known at queueing or only after the end. */
import type { Extra } from '../core/facts.js';
import type { Category } from './category.js';
import type { DeploymentKey, TaskKey } from './entities.js';
import { type KeySpace, isCategorical, knownValue } from './keys.js';

/** At most this many values of each sort are looked at. */
const MAX_VALUES = 8;

/** In {@link ResolvedExtra.numberKeys}: a key that was never seen before. */
export const NO_KEY = 255;

/** A logarithm that keeps the sign and is 0 at 0. */
export function signedLog(value: number): number {
  return value < 0 ? -Math.log1p(-value) : Math.log1p(value);
}

/** The `extra` of one try, read once for all groups. Reused: valid until the next `resolve`. */
export class ResolvedExtra {
  /** Ids of text values known at queueing. */
  readonly texts = new Int32Array(MAX_VALUES);
  textCount = 0;
  /** Index of the category of each of these. */
  readonly textKeys = new Uint8Array(MAX_VALUES);
  /** Of a subject: categories of texts that were never seen before. */
  readonly unseenKeys = new Uint8Array(MAX_VALUES);
  unseenCount = 0;
  /** Signed logarithms of numbers known at queueing, and the rows of their statistics (0 when there are none). */
  readonly numbers = new Float64Array(MAX_VALUES);
  readonly numberRows = new Int32Array(MAX_VALUES);
  readonly numberKeys = new Uint8Array(MAX_VALUES);
  numberCount = 0;
  /** The number whose key comes first; NaN without any. */
  firstNumber = NaN;
  /** Ids of text values known only after the end. */
  readonly postTexts = new Int32Array(MAX_VALUES);
  postTextCount = 0;
  readonly postNumbers = new Float64Array(MAX_VALUES);
  readonly postNumberRows = new Int32Array(MAX_VALUES);
  postNumberCount = 0;
  private firstName = '';

  /** Reads what is known at queueing, and after the end if `withPost`; makes ids for what is new. */
  resolve(
    keys: KeySpace,
    deployment: DeploymentKey,
    task: TaskKey,
    extra: Extra | null,
    withPost: boolean,
  ): void {
    this.clear();
    for (const name in extra) {
      const value = extra[name];
      if (typeof value !== 'number' && typeof value !== 'string') continue;
      const category = keys.category(deployment, name);
      if (category === null || (category.isPost && !withPost)) continue;
      if (typeof value === 'string') this.addText(keys.value(category, value), category);
      else this.addNumber(name, value, keys.measure(task, category.index), category);
    }
  }

  /** Reads what is known at queueing without making anything. */
  look(deployment: DeploymentKey, task: TaskKey, extra: Extra | null): void {
    this.clear();
    for (const name in extra) {
      const value = extra[name];
      if (typeof value !== 'number' && typeof value !== 'string') continue;
      const category = deployment.categories.get(name);
      if (category === undefined ? name.startsWith('post_') : category.isPost) continue;
      if (typeof value === 'number') {
        const row = category === undefined ? 0 : (task.measures?.[category.index] ?? 0);
        this.addNumber(name, value, row, category);
      } else if (category !== undefined) {
        const id = knownValue(category, value);
        if (id !== 0) this.addText(id, category);
        else this.addUnseen(value, category);
      }
    }
  }

  private clear(): void {
    this.textCount = 0;
    this.unseenCount = 0;
    this.numberCount = 0;
    this.postTextCount = 0;
    this.postNumberCount = 0;
    this.firstNumber = NaN;
  }

  private addText(id: number, category: Category): void {
    if (id === 0) return;
    if (category.isPost) {
      if (this.postTextCount < MAX_VALUES) this.postTexts[this.postTextCount++] = id;
    } else if (this.textCount < MAX_VALUES) {
      this.textKeys[this.textCount] = category.index;
      this.texts[this.textCount++] = id;
    }
  }

  private addUnseen(value: string, category: Category): void {
    if (category.isClosed || this.unseenCount === MAX_VALUES || !isCategorical(value)) return;
    this.unseenKeys[this.unseenCount++] = category.index;
  }

  private addNumber(name: string, value: number, row: number, category: Category | undefined): void {
    const log = signedLog(value);
    if (category?.isPost === true) {
      if (this.postNumberCount === MAX_VALUES) return;
      this.postNumberRows[this.postNumberCount] = row;
      this.postNumbers[this.postNumberCount++] = log;
      return;
    }
    if (Number.isNaN(this.firstNumber) || name < this.firstName) {
      this.firstName = name;
      this.firstNumber = log;
    }
    if (this.numberCount === MAX_VALUES) return;
    this.numberRows[this.numberCount] = row;
    this.numberKeys[this.numberCount] = category?.index ?? NO_KEY;
    this.numbers[this.numberCount++] = log;
  }
}
