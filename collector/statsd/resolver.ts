/** Turns names and tags into a family of metrics and its labels. */
import { NO_PLATFORM_LABELS, type PlatformLabels } from '../../core/facts.js';
import { FAMILIES, type Family } from './families.js';
import type { KnownNames, Separator } from './known-names.js';
import { compileLegacyName, matchLegacyName, type LegacyTemplate } from './legacy-name.js';

/**
 * The ways in which Airflow says the same thing, from the worst to the best. It sends several at once; the best one seen
 * counts, the others are duplicates. `bare` is the current name without its tags: the total of a counter, or no use.
 */
export const FORMS = ['bare', 'legacy', 'tagged'] as const;
export type Form = (typeof FORMS)[number];

export interface ResolvedName {
  readonly family: Family;
  readonly form: Form;
  readonly labels: PlatformLabels;
}

/**
 * Why a valid name becomes no fact: a metric that is not Airflow's or not kept; a gauge that several pools, queues or hosts
 * overwrite; a gauge whose DAG and task cannot be told apart.
 */
export type Ignored = 'foreign' | 'not_kept' | 'tagless_gauge' | 'ambiguous_gauge';

export type Resolution = ResolvedName | Ignored;

export type Tags = ReadonlyMap<string, string>;

interface Legacy {
  readonly family: Family;
  readonly template: LegacyTemplate;
}

export class NameResolver {
  readonly #prefix: string;
  readonly #separator: Separator;
  readonly #byName = new Map<string, Family>();
  readonly #legacy: readonly Legacy[];

  /**
   * @param prefix `[metrics] statsd_prefix` of Airflow, usually `airflow`
   * @param separator `_` reads names as statsd_exporter writes them
   */
  constructor(prefix: string, separator: Separator = '.') {
    const spell = (name: string): string => (separator === '.' ? name : name.replaceAll(/[.-]/g, '_'));
    this.#prefix = prefix === '' ? '' : `${spell(prefix)}${separator}`;
    this.#separator = separator;
    for (const family of FAMILIES) {
      for (const name of [family.name, ...family.aliases]) this.#byName.set(spell(name), family);
    }
    this.#legacy = FAMILIES.flatMap((family) =>
      family.legacy.map((template) => ({ family, template: compileLegacyName(template, separator) })),
    ).sort((a, b) => b.template.suffix.length - a.template.suffix.length);
  }

  resolve(fullName: string, tags: Tags, known: KnownNames): Resolution {
    if (!fullName.startsWith(this.#prefix)) return 'foreign';
    const name = fullName.slice(this.#prefix.length);
    const family = this.#byName.get(name);
    return family === undefined
      ? this.#resolveLegacy(name, tags, known)
      : this.#resolveCurrent(family, tags, known);
  }

  #resolveCurrent(family: Family, tags: Tags, known: KnownNames): Resolution {
    const found = this.#labelsOf(family, tags, known);
    const isTagged = Object.keys(found).length > 0;
    const needsTags = family.labels.length > 0 && family.kind === 'gauge' && !family.isBareGaugeMeaningful;
    if (!isTagged && needsTags) return 'tagless_gauge';
    return { family, form: isTagged ? 'tagged' : 'bare', labels: { ...NO_PLATFORM_LABELS, ...found } };
  }

  /** With `_`, more than one template may fit: one that finds known names wins, then the one with the longest end. */
  #resolveLegacy(name: string, tags: Tags, known: KnownNames): Resolution {
    let ambiguous: Resolution | null = null;
    for (const { family, template } of this.#legacy) {
      const match = matchLegacyName(template, name, known);
      if (match === null) continue;
      const tagged = this.#labelsOf(family, tags, known);
      const labels = { ...NO_PLATFORM_LABELS, ...match.labels, ...tagged };
      if (!match.isAmbiguous || (labels.dagId !== '' && labels.taskId !== '')) {
        return { family, form: 'legacy', labels };
      }
      ambiguous ??= family.kind === 'gauge' ? 'ambiguous_gauge' : { family, form: 'legacy', labels };
    }
    return ambiguous ?? 'not_kept';
  }

  /** Those labels of the family that the tags hold. */
  #labelsOf(family: Family, tags: Tags, known: KnownNames): Partial<PlatformLabels> {
    if (tags.size === 0) return {};
    const labels: { -readonly [K in keyof PlatformLabels]?: string } = {};
    for (const label of family.labels) {
      const value = readLabel(label, tags);
      if (value !== undefined && value !== '') {
        labels[label] = label === 'pool' ? known.pool(value, this.#separator) : value;
      }
    }
    return labels;
  }
}

/** Tag names are Airflow's; `pool`, `executor` and `dag_file` are those of the Helm chart's mapping for statsd_exporter. */
function readLabel(label: keyof PlatformLabels, tags: Tags): string | undefined {
  switch (label) {
    case 'dagId':
      return tags.get('dag_id');
    case 'taskId':
      return tags.get('task_id');
    case 'pool':
      return tags.get('pool_name') ?? tags.get('pool');
    case 'executor':
      return tags.get('name') ?? tags.get('executor');
    case 'host':
      return tags.get('hostname');
    case 'dagFile':
      return readDagFile(tags);
    default:
      return tags.get(label);
  }
}

/** `bundle.file`, as the legacy names of Airflow 3.2 and newer say it. */
function readDagFile(tags: Tags): string | undefined {
  const file = tags.get('file_name') ?? tags.get('dag_file') ?? tags.get('file_path');
  const bundle = tags.get('bundle_name');
  return file === undefined || bundle === undefined ? file : `${bundle}.${file}`;
}
