/** 97.5th percentile of the standard normal. */
export const NORMAL_975 = 1.959963984540054;

/**
 * 97.5th percentile of Student's t (Hill 1970, "Algorithm 396", Communications of the ACM 13); error below 0.01 %
 * from 4 degrees of freedom on, fractions included.
 */
export function studentT975(degrees: number): number {
  const tail = 0.05;
  const a = 1 / (degrees - 0.5);
  const b = 48 / a ** 2;
  let c = ((20700 * a) / b - 98) * a - 16;
  c = c * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  let y = (d * tail) ** (2 / degrees);
  if (y > 0.05 + a) {
    const x = -NORMAL_975;
    y = x ** 2;
    if (degrees < 5) c += 0.3 * (degrees - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y ** 2);
  } else {
    y =
      ((1 / (((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3) + 0.5 / (degrees + 4)) *
        y -
        1) *
        ((degrees + 1) / (degrees + 2)) +
      1 / y;
  }
  return Math.sqrt(degrees * y);
}
