/**
 * Solves the symmetric positive definite system a x = b of a few unknowns (Cholesky); `a` is row-major and left as it is.
 *
 * @param x where to write the solution, which may be `b`.
 * @param l room for as many numbers as `a` has.
 * @returns `x`
 */
export function solveSymmetric(
  a: Float64Array,
  b: Float64Array,
  x: Float64Array = new Float64Array(b.length),
  l: Float64Array = new Float64Array(a.length),
): Float64Array {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / l[j * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
  return x;
}
