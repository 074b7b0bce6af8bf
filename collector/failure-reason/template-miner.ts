import { createHash } from 'node:crypto';
import { maskSecrets } from './mask-secrets.js';

/** Sizes of the tree: its first level is the number of tokens of a line, the next are its first tokens. */
export interface TemplateMinerOptions {
  /** Leading tokens that lead through the tree; default 2. */
  readonly prefixTokens?: number;
  /** Least share of equal tokens for a line to join a template; default 0.5. */
  readonly similarity?: number;
  /** Different tokens at one place of the tree; further ones share a wildcard; default 50. */
  readonly maxChildren?: number;
  /** Templates kept; the one that was seen least recently goes first; default 1000. */
  readonly maxTemplates?: number;
}

export interface MinedTemplate {
  /** Stays the same while the text becomes more general. */
  readonly id: string;
  readonly text: string;
  /** Lines that have joined it. */
  readonly count: number;
}

interface Cluster {
  readonly id: string;
  tokens: string[];
  count: number;
  readonly home: Cluster[];
}

interface Node {
  readonly children: Map<string, Node>;
  readonly clusters: Cluster[];
}

const WILDCARD = '<*>';
const LONGEST_LINE = 2000;
const MOST_TOKENS = 100;

/** What varies from run to run, so that it never makes a template of its own. */
const VARIABLES: readonly RegExp[] = [
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  /\b0x[0-9a-f]+\b/gi,
  /\b[0-9a-f]{16,}\b/gi,
  /(?<![\w<])[-+]?\d+(?:[.,]\d+)*(?=\b|[a-z%])/gi,
];

/**
 * An online miner of log templates: lines that differ only in their variable parts share one template, with `<*>` in their place.
 * Deterministic in the order of lines, with bounded memory; secrets are masked before
 * anything is kept.
 *
 * P. He, J. Zhu, Z. Zheng, M. R. Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017.
 */
export class TemplateMiner {
  readonly #root: Node = emptyNode();
  /** In the order of their last use. */
  readonly #recent = new Set<Cluster>();
  readonly #options: Required<TemplateMinerOptions>;

  /** @param known templates mined before, those used last being last */
  constructor(options: TemplateMinerOptions = {}, known: readonly MinedTemplate[] = []) {
    this.#options = { prefixTokens: 2, similarity: 0.5, maxChildren: 50, maxTemplates: 1000, ...options };
    for (const { id, text, count } of known) this.#keep(text.split(' '), id, count);
    this.#forget();
  }

  get size(): number {
    return this.#recent.size;
  }

  /** The template of a line, which may change it: tokens that differ become wildcards. */
  learn(line: string): MinedTemplate {
    const tokens = tokenise(line);
    const home = this.#leaf(tokens).clusters;
    let cluster = mostSimilar(home, tokens, this.#options.similarity);
    if (cluster === null) {
      cluster = this.#keep(tokens, idOf(tokens), 0);
    } else {
      const known = cluster.tokens;
      cluster.tokens = known.map((token, i) => (token === tokens[i] ? token : WILDCARD));
    }
    cluster.count++;
    this.#recent.delete(cluster);
    this.#recent.add(cluster);
    this.#forget();
    return { id: cluster.id, text: cluster.tokens.join(' '), count: cluster.count };
  }

  #keep(tokens: string[], id: string, count: number): Cluster {
    const home = this.#leaf(tokens).clusters;
    const cluster = { id, tokens, count, home };
    home.push(cluster);
    this.#recent.add(cluster);
    return cluster;
  }

  #leaf(tokens: readonly string[]): Node {
    let node = child(this.#root, String(tokens.length), Infinity);
    for (const token of tokens.slice(0, this.#options.prefixTokens)) {
      const key = token.includes(WILDCARD) || /\d/.test(token) ? WILDCARD : token;
      node = child(node, key, this.#options.maxChildren);
    }
    return node;
  }

  #forget(): void {
    for (const oldest of this.#recent) {
      if (this.#recent.size <= this.#options.maxTemplates) return;
      this.#recent.delete(oldest);
      oldest.home.splice(oldest.home.indexOf(oldest), 1);
    }
  }
}

/** By the text that the template began with. */
function idOf(tokens: readonly string[]): string {
  return createHash('sha256').update(tokens.join(' ')).digest('hex').slice(0, 16);
}

function emptyNode(): Node {
  return { children: new Map(), clusters: [] };
}

function child(node: Node, token: string, limit: number): Node {
  const known = node.children.get(token);
  if (known !== undefined) return known;
  if (node.children.size >= limit && token !== WILDCARD) return child(node, WILDCARD, limit);
  const made = emptyNode();
  node.children.set(token, made);
  return made;
}

function tokenise(line: string): string[] {
  const masked = maskSecrets(line.slice(0, LONGEST_LINE));
  const plain = VARIABLES.reduce((text, pattern) => text.replace(pattern, WILDCARD), masked);
  return plain.trim().split(/\s+/).slice(0, MOST_TOKENS);
}

/** The paper's simSeq: the share of places with equal tokens; wildcards of the template do not count as equal. */
function mostSimilar(clusters: readonly Cluster[], tokens: readonly string[], least: number): Cluster | null {
  let best: Cluster | null = null;
  let bestScore = -1;
  for (const cluster of clusters) {
    const equal = cluster.tokens.filter((token, i) => token === tokens[i]).length;
    const score = tokens.length === 0 ? 1 : equal / tokens.length;
    if (score >= least && score > bestScore) [best, bestScore] = [cluster, score];
  }
  return best;
}
