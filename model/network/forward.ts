import { add, matMul, mul, relu, sigmoid, step, sub, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * The residual of a batch, shape [rows, 1]: a linear path, a path with one hinge per input at its median,
 * and the members packed side by side (two ReLU layers each).
 *
 * @param input [rows, inputs + 1], the last column constant one.
 * @param parameters tensors in the order of PARAMETER_NAMES.
 */
export function residual(input: Tensor2D, parameters: readonly Tensor2D[]): Tensor2D {
  const [linear, hinge, hidden1, hidden2, bias2, head] = parameters;
  const first = relu(matMul(input, hidden1!));
  const second = relu(add<Tensor2D>(matMul(first, hidden2!), bias2!));
  const direct = add<Tensor2D>(matMul(input, linear!), matMul(relu(input), hinge!));
  return add(direct, matMul(second, head!));
}

/**
 * Gradients of sum(weight x log loss of (offset + residual)) for each parameter, by the chain rule written out.
 *
 * Written out because tfjs-core's Node bundle registers no gradients, and because tfjs's own use products with transpose flags,
 * which on WASM run at a tenth of the speed of a transpose and a plain product (9.6 ms against 1.3 ms for 160x512 by 512x128).
 *
 * @param offset log-odds of each row before the residual; `labels` and `weights` likewise [rows, 1].
 * @param mask of the second layer: 1 within a member, 0 between members.
 */
export function lossGradients(
  input: Tensor2D,
  parameters: readonly Tensor2D[],
  mask: Tensor2D,
  target: { readonly offset: Tensor2D; readonly labels: Tensor2D; readonly weights: Tensor2D },
): Tensor2D[] {
  const [linear, hinge, hidden1, hidden2, bias2, head] = parameters;
  const positive = relu(input);
  const first = relu(matMul(input, hidden1!));
  const second = relu(add<Tensor2D>(matMul(first, hidden2!), bias2!));
  const direct = add<Tensor2D>(matMul(input, linear!), matMul(positive, hinge!));
  const logOdds = add<Tensor2D>(add(direct, matMul(second, head!)), target.offset);

  const dLogOdds = mul<Tensor2D>(sub(sigmoid(logOdds), target.labels), target.weights);
  const dSecond = mul<Tensor2D>(matMul(dLogOdds, transpose(head!)), step(second));
  const dFirst = mul<Tensor2D>(matMul(dSecond, transpose(hidden2!)), step(first));
  const inputTransposed = transpose(input);
  const rowOfOnes = transpose(add<Tensor2D>(mul(dLogOdds, 0), 1));
  return [
    matMul(inputTransposed, dLogOdds),
    matMul(transpose(positive), dLogOdds),
    matMul(inputTransposed, dFirst),
    mul(matMul(transpose(first), dSecond), mask),
    matMul(rowOfOnes, dSecond),
    matMul(transpose(second), dLogOdds),
  ];
}
