import type { Strided } from "./strided.js";

/**
 * Calls `visit` for every lane along one dimension: the elements that differ only in their index there. The operands,
 * up to three, have the same shape except along that dimension.
 *
 * @param visit receives where the lane begins in each operand; its elements lie `operand.strides[dim]` apart
 */
export function forEachLane(
  operands: readonly Strided[],
  dim: number,
  visit: (first: number, second: number, third: number) => void,
): void {
  const { shape } = operands[0];
  const starts = operands.map((operand) => operand.offset);
  const walk = (d: number): void => {
    if (d === dim) walk(d + 1);
    else if (d >= shape.length) visit(starts[0], starts[1], starts[2]);
    else {
      for (let k = 0; k < shape[d]; k++) {
        walk(d + 1);
        for (let o = 0; o < operands.length; o++) starts[o] += operands[o].strides[d];
      }
      for (let o = 0; o < operands.length; o++) starts[o] -= shape[d] * operands[o].strides[d];
    }
  };
  walk(0);
}
