/** Value and gradient of a function; the gradient is written to the second argument. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  readonly iterations: number;
  /** Stop when the largest component of the gradient is below this. */
  readonly tolerance: number;
}

const MEMORY = 10;

/**
 * Minimises a smooth convex function by L-BFGS with a backtracking line search (Nocedal and Wright 2006, algorithm 7.5).
 * Deterministic; `start` is left as it is.
 */
export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Float64Array {
  const n = start.length;
  let point = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(point, gradient);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    if (largest(gradient) < options.tolerance) break;
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let length = iteration === 0 ? Math.min(1, 1 / largest(gradient)) : 1;
    let next = point;
    let nextGradient = gradient;
    let nextValue = Infinity;
    for (let trial = 0; trial < 30; trial++, length /= 2) {
      next = point.map((p, i) => p + length * direction[i]!);
      nextGradient = new Float64Array(n);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * length * slope) break;
    }
    if (!(nextValue < value)) break;
    const s = next.map((p, i) => p - point[i]!);
    const y = nextGradient.map((g, i) => g - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > MEMORY) steps.shift();
    }
    point = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return point;
}

/** The quasi-Newton direction of the latest steps (the two-loop recursion). */
function descent(
  gradient: Float64Array,
  steps: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const { s, y, rho } = steps[k]!;
    const alpha = rho * dot(s, q);
    alphas[k] = alpha;
    for (let i = 0; i < q.length; i++) q[i] = q[i]! - alpha * y[i]!;
  }
  const latest = steps.at(-1);
  if (latest) {
    const scale = dot(latest.s, latest.y) / dot(latest.y, latest.y);
    for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale;
  }
  steps.forEach(({ s, y, rho }, k) => {
    const beta = rho * dot(y, q);
    for (let i = 0; i < q.length; i++) q[i] = q[i]! + s[i]! * (alphas[k]! - beta);
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
