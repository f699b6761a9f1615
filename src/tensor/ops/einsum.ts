import { describe, elementCount } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { diagonal } from "./diagonal.js";
import { matmul } from "./matmul.js";
import { checkTensor } from "./promotion.js";
import { expand, permute, reshape } from "./view.js";

/** A tensor whose dimensions have names: letters, and "…0", "…1", … for those of an ellipsis, counted from the last. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

const ELLIPSIS = "...";

/** The labels of a subscript, with "..." for an ellipsis. */
function parseSubscript(equation: string, subscript: string): readonly string[] {
  const labels: readonly string[] = subscript.match(/\.\.\.|\S/g) ?? [];
  for (const label of labels) {
    if (label !== ELLIPSIS && !/[A-Za-z]/.test(label))
      throw new Error(
        `einsum: invalid subscript given at "${label}" in "${equation}": subscripts must be in [a-zA-Z]`,
      );
  }
  if (labels.indexOf(ELLIPSIS) !== labels.lastIndexOf(ELLIPSIS))
    throw new Error(`einsum: more than one ellipsis in "${subscript.trim()}" of "${equation}"`);
  return labels;
}

/** The labels of an operand, one per dimension. */
function nameDimensions(equation: string, subscript: string, operand: Tensor, position: number): string[] {
  const labels = parseSubscript(equation, subscript);
  const rank = operand.shape.length;
  const covered = rank - labels.filter((label) => label !== ELLIPSIS).length;
  const hasEllipsis = labels.includes(ELLIPSIS);
  if (hasEllipsis ? covered < 0 : covered !== 0) {
    throw new RangeError(
      `einsum: the number of subscripts in "${subscript.trim()}" does not match the number of dimensions of operand ${position}, whose shape is ${describe(operand.shape)}`,
    );
  }
  return labels.flatMap((label) => (label === ELLIPSIS ? ellipsisLabels(covered) : [label]));
}

function ellipsisLabels(count: number): string[] {
  return Array.from({ length: count }, (_, k) => `…${count - 1 - k}`);
}

/** With the diagonal taken of dimensions that have the same name. */
function withoutRepeats(operation: string, { tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, k) => labels.indexOf(label) !== k);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]);
  if (tensor.shape[first] !== tensor.shape[second]) {
    throw new RangeError(
      `${operation}: subscript ${labels[second]} is repeated for dimensions of different sizes, ${tensor.shape[first]} ≠ ${tensor.shape[second]}`,
    );
  }
  const rest = labels.filter((_, k) => k !== first && k !== second);
  return withoutRepeats(operation, {
    tensor: diagonal(tensor, 0, first, second),
    labels: [...rest, labels[second]],
  });
}

/** The size that each label has in all operands; 1 is broadcast. */
function sizesOf(operands: readonly Labelled[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { tensor, labels } of operands) {
    labels.forEach((label, k) => {
      const size = tensor.shape[k];
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && size !== 1 && known !== size) {
        throw new RangeError(
          `einsum: subscript ${label} has size ${size} for operand ${describe(tensor.shape)}, which does not broadcast with previously seen size ${known}`,
        );
      }
      sizes.set(label, known === 1 ? size : known);
    });
  }
  return sizes;
}

/** The size of a dimension, 1 where the operand does not have it. */
function sizeOf({ tensor, labels }: Labelled, label: string): number {
  const at = labels.indexOf(label);
  return at < 0 ? 1 : tensor.shape[at];
}

/** The dimensions in this order; those of size 1 come and go. */
function arranged(operand: Labelled, order: readonly string[]): Tensor {
  const { tensor, labels } = operand;
  const present = order.filter((label) => labels.includes(label));
  const rest = labels.filter((label) => !order.includes(label));
  const ordered = permute(
    tensor,
    [...present, ...rest].map((label) => labels.indexOf(label)),
  );
  return reshape(
    ordered,
    order.map((label) => sizeOf(operand, label)),
  );
}

/** Summed over the names that nobody else needs. */
function summedExcept({ tensor, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const dims = labels.map((_, k) => k).filter((k) => !needed.has(labels[k]));
  if (dims.length === 0) return { tensor, labels };
  return { tensor: tensor.sum(dims), labels: labels.filter((label) => needed.has(label)) };
}

/** The product of two operands, summed over the names that are not needed any more: one batched matrix product. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const size = (label: string) => (sizeOf(a, label) === 1 ? sizeOf(b, label) : sizeOf(a, label));
  const batch: string[] = [];
  const left: string[] = [];
  const right: string[] = [];
  const summed: string[] = [];
  for (const label of new Set([...a.labels, ...b.labels])) {
    // A dimension of size 1 is as good as none, which saves repeating it.
    const [inA, inB] = [sizeOf(a, label) !== 1, sizeOf(b, label) !== 1];
    if (!needed.has(label)) summed.push(label);
    else if (inA === inB) batch.push(label);
    else (inA ? left : right).push(label);
  }
  const matrix = (operand: Labelled, groups: readonly (readonly string[])[]): Tensor => {
    const order = groups.flat();
    const whole = expand(arranged(operand, order), order.map(size));
    return reshape(
      whole,
      groups.map((group) => elementCount(group.map(size))),
    );
  };
  const product = matmul(matrix(a, [batch, left, summed]), matrix(b, [batch, summed, right]));
  const labels = [...batch, ...left, ...right];
  return { tensor: reshape(product, labels.map(size)), labels };
}

/**
 * Einstein's summation: dimensions get letters, what has the same letter is multiplied, and letters that are not in
 * the output are summed over. `einsum("ij,jk->ik", a, b)` is the product of two matrices. "..." stands for the
 * dimensions that have no letter; without "->" the output has the letters that occur once, in alphabetical order.
 *
 * @throws where subscripts and shapes do not match
 */
export function einsum(equation: string, ...operands: Tensor[] | [operands: readonly Tensor[]]): Tensor {
  const tensors = (Array.isArray(operands[0]) ? operands[0] : operands) as readonly Tensor[];
  if (typeof equation !== "string")
    throw new TypeError('einsum: the equation is a string, such as "ij,jk->ik"');
  if (tensors.length === 0) throw new RangeError("einsum: must provide at least one operand");
  for (const tensor of tensors) checkTensor("einsum", tensor);
  const [inputs, output, ...more] = equation.split("->");
  if (more.length > 0) throw new Error(`einsum: "${equation}" has more than one "->"`);
  const subscripts = inputs.split(",");
  if (subscripts.length !== tensors.length) {
    throw new RangeError(
      `einsum: "${equation}" has subscripts for ${subscripts.length} operands, but there are ${tensors.length}`,
    );
  }
  const named = tensors.map((tensor, k) => ({
    tensor,
    labels: nameDimensions(equation, subscripts[k], tensor, k),
  }));
  const depth = Math.max(
    0,
    ...named.map(({ labels }) => labels.filter((label) => label.startsWith("…")).length),
  );
  const wanted = outputLabels(equation, output, named, ellipsisLabels(depth));
  const sizes = sizesOf(named);
  for (const label of wanted) {
    if (!sizes.has(label))
      throw new Error(
        `einsum: output subscript ${label} of "${equation}" does not appear in the equation for any input operand`,
      );
  }
  const rest = named.map((operand) => withoutRepeats("einsum", operand));
  let result: Labelled | null = null;
  for (let k = 0; k < rest.length; k++) {
    const needed = new Set([...wanted, ...rest.slice(k + 1).flatMap(({ labels }) => labels)]);
    const own = summedExcept(rest[k], new Set([...needed, ...(result?.labels ?? [])]));
    result =
      result === null
        ? own
        : contract(summedExcept(result, new Set([...needed, ...own.labels])), own, needed);
  }
  const { tensor, labels } = result as Labelled;
  return permute(
    tensor,
    wanted.map((label) => labels.indexOf(label)),
  );
}

/** The names of the dimensions of the result, in order. */
function outputLabels(
  equation: string,
  output: string | undefined,
  operands: readonly Labelled[],
  ellipsis: readonly string[],
): string[] {
  if (output === undefined) {
    const letters = operands.flatMap(({ labels }) => labels).filter((label) => !label.startsWith("…"));
    const once = letters.filter((label) => letters.indexOf(label) === letters.lastIndexOf(label));
    return [...ellipsis, ...once.sort()];
  }
  const labels = parseSubscript(equation, output).flatMap((label) =>
    label === ELLIPSIS ? ellipsis : [label],
  );
  const repeated = labels.find((label, k) => labels.indexOf(label) !== k);
  if (repeated !== undefined)
    throw new Error(
      `einsum: output subscript ${repeated} appears more than once in the output of "${equation}"`,
    );
  return labels;
}
