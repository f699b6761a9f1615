import { htmlTable } from "./html.js";
import { elementTexts } from "./printing.js";
import { describe } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Larger tensors are shown as text, which leaves out their middle. */
const MOST_ROWS = 20;
const MOST_COLUMNS = 12;

/** How a notebook shows a tensor: as PyTorch prints it, and as a table where it is one that can be taken in. */
export function tensorBundle(tensor: Tensor): Record<string, string> {
  const bundle = { "text/plain": tensor.toString() };
  const { ndim, count } = tensor;
  const [rows, columns] = ndim === 2 ? tensor.shape : [1, tensor.shape[0]];
  if ((ndim !== 1 && ndim !== 2) || count === 0 || rows > MOST_ROWS || columns > MOST_COLUMNS) return bundle;
  const texts = elementTexts(tensor);
  const body = Array.from({ length: rows }, (_, row) => texts.slice(row * columns, (row + 1) * columns));
  const numbered = ndim === 2 ? body.map((row, k) => [String(k), ...row]) : body;
  const header = Array.from({ length: columns }, (_, k) => String(k));
  const table = htmlTable({
    caption: captionOf(tensor),
    header: ndim === 2 ? ["", ...header] : header,
    rows: numbered,
    rowHeaders: ndim === 2,
  });
  return { ...bundle, "text/html": table };
}

function captionOf(tensor: Tensor): string {
  const { gradFn, requiresGrad } = tensor;
  const gradient =
    gradFn !== null ? `, computed by ${gradFn.operation.name}` : requiresGrad ? ", requires grad" : "";
  return `${tensor.constructor.name} of shape ${describe(tensor.shape)}, ${tensor.dtype}${gradient}`;
}
