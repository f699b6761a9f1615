import { type DType, getDefaultDtype } from "./dtype.js";
import { elementCount } from "./shape.js";
import type { Tensor } from "./tensor.js";

// The layout and the choice of digits follow torch/_tensor_str.py, so that a cell shows what PyTorch's would.
const PRECISION = 4;
const LINE_WIDTH = 80;
const SUMMARIZE_ABOVE = 1000;
const EDGE_ITEMS = 3;
const PREFIX = "tensor(";

type ElementFormat = (value: number) => string;

/** The text that PyTorch prints for such a tensor. */
export function format(tensor: Tensor): string {
  const summarize = tensor.count > SUMMARIZE_ABOVE;
  const body = tensor.count === 0 ? "[]" : formatBody(tensor, summarize);
  const suffixes: string[] = [];
  if (tensor.count === 0 && tensor.shape.length !== 1) suffixes.push(`size=(${tensor.shape.join(", ")})`);
  if (!isPlainDType(tensor.dtype) || (tensor.count === 0 && tensor.dtype !== getDefaultDtype())) {
    suffixes.push(`dtype=torch.${tensor.dtype}`);
  }
  if (tensor.gradFn !== null) suffixes.push(`grad_fn=<${tensor.gradFn.operation.name}>`);
  else if (tensor.requiresGrad) suffixes.push("requires_grad=True");

  let text = PREFIX + body;
  let lineLength = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (lineLength + suffix.length + 2 > LINE_WIDTH) {
      text += `,\n${" ".repeat(PREFIX.length)}${suffix}`;
      lineLength = PREFIX.length + suffix.length;
    } else {
      text += `, ${suffix}`;
      lineLength += suffix.length + 2;
    }
  }
  return `${text})`;
}

/** Whether the values themselves tell the dtype. */
function isPlainDType(dtype: DType): boolean {
  return dtype === getDefaultDtype() || dtype === "int64" || dtype === "bool";
}

/** Every element as it is printed, row by row. */
export function elementTexts(tensor: Tensor): string[] {
  const values: number[] = [];
  visitShown(tensor, false, (value) => values.push(value));
  return values.map(chooseFormat(values, tensor.dtype).formatElement);
}

function formatBody(tensor: Tensor, summarize: boolean): string {
  const { data } = tensor.storage;
  const shown: number[] = [];
  visitShown(tensor, summarize, (value) => shown.push(value));
  const { formatElement, width } = chooseFormat(shown, tensor.dtype);

  const build = (d: number, at: number, indent: number): string => {
    if (d === tensor.shape.length) return formatElement(data[at]);
    const indices = shownIndices(tensor.shape[d], summarize);
    const parts = indices.map((k) => (k < 0 ? "..." : build(d + 1, at + k * tensor.strides[d], indent + 1)));
    if (d < tensor.shape.length - 1) {
      const newLines = "\n".repeat(tensor.shape.length - d - 1);
      return `[${parts.join(`,${newLines}${" ".repeat(indent + 1)}`)}]`;
    }
    const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)));
    const padded = parts.map((part) => (part === "..." ? " ..." : part.padStart(width)));
    const lines: string[] = [];
    for (let k = 0; k < padded.length; k += perLine) lines.push(padded.slice(k, k + perLine).join(", "));
    return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
  };
  return build(0, tensor.offset, PREFIX.length);
}

/** The indices along one dimension that are printed; −1 stands for those that are left out. */
function shownIndices(size: number, summarize: boolean): number[] {
  const all = Array.from({ length: size }, (_, k) => k);
  if (!summarize || size <= 2 * EDGE_ITEMS) return all;
  return [...all.slice(0, EDGE_ITEMS), -1, ...all.slice(-EDGE_ITEMS)];
}

function visitShown(tensor: Tensor, summarize: boolean, visit: (value: number) => void): void {
  const walk = (d: number, at: number): void => {
    if (d === tensor.shape.length) visit(tensor.storage.data[at]);
    else
      for (const k of shownIndices(tensor.shape[d], summarize))
        if (k >= 0) walk(d + 1, at + k * tensor.strides[d]);
  };
  if (elementCount(tensor.shape) > 0) walk(0, tensor.offset);
}

/** How the elements are written, so that all have the same digits, and how wide the widest is. */
function chooseFormat(
  values: readonly number[],
  dtype: DType,
): { formatElement: ElementFormat; width: number } {
  let formatElement: ElementFormat;
  let measured = values;
  if (dtype === "bool") formatElement = (value) => (value !== 0 ? "True" : "False");
  else if (dtype !== "float32" && dtype !== "float64") formatElement = (value) => String(value);
  else {
    measured = values.filter((value) => Number.isFinite(value) && value !== 0);
    formatElement = chooseFloatFormat(measured);
  }
  return { formatElement, width: Math.max(1, ...measured.map((value) => formatElement(value).length)) };
}

function chooseFloatFormat(values: readonly number[]): ElementFormat {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let integers = true;
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    smallest = Math.min(smallest, Math.abs(value));
    integers &&= Number.isInteger(value);
  }
  const scientific =
    values.length > 0 && (largest / smallest > 1000 || largest > 1e8 || (!integers && smallest < 1e-4));
  return (value) => {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    if (scientific) return scientificNotation(value);
    return integers ? `${negativeZero(value)}${value}.` : fixed(value);
  };
}

function negativeZero(value: number): string {
  return Object.is(value, -0) ? "-" : "";
}

function scientificNotation(value: number): string {
  const [rounded, exponent] = value.toExponential(PRECISION).split("e");
  const [exact] = value.toExponential(PRECISION + BEYOND).split("e");
  return `${negativeZero(value)}${tieToEven(rounded, exact)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function fixed(value: number): string {
  return negativeZero(value) + tieToEven(value.toFixed(PRECISION), value.toFixed(PRECISION + BEYOND));
}

/** So many more digits that a tie, which has only one, cannot be mistaken. */
const BEYOND = 40;

/** JavaScript rounds exact ties away from zero; C, and so PyTorch, to the even digit. */
function tieToEven(rounded: string, exact: string): string {
  const kept = exact.slice(0, -BEYOND);
  const isTie = /^50*$/.test(exact.slice(-BEYOND));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? kept : rounded;
}
