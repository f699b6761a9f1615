import { isOptions, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { indexSelect } from "./index-along.js";
import { stack } from "./joining.js";
import { indexTensor } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import { expand, reshape } from "./view.js";

export interface MeshgridOptions {
  /** "ij" (the default): the first tensor varies along the first dimension. "xy": along the second, as in plots. */
  indexing?: "ij" | "xy";
}
export interface CombinationsOptions {
  /** How many elements form a combination. Default 2. */
  r?: number;
  /** Whether an element may come several times. Default false. */
  withReplacement?: boolean;
}

function checkVectors(operation: string, tensors: readonly unknown[]): asserts tensors is Tensor[] {
  for (const tensor of tensors) {
    checkTensor(operation, tensor);
    if (tensor.shape.length > 1) {
      throw new RangeError(
        `${operation}: Expected scalar or 1D tensor in the tensor list but got one of shape ${describe(tensor.shape)}`,
      );
    }
  }
}

/**
 * The coordinates of a grid: of n vectors, n tensors of n dimensions, each of which varies along one of them. Views.
 * `meshgrid(x, y)`, `meshgrid([x, y], { indexing: "xy" })`.
 */
export function meshgrid(tensors: readonly Tensor[], options?: MeshgridOptions): Tensor[];
export function meshgrid(...tensors: [...tensors: Tensor[], options: MeshgridOptions]): Tensor[];
export function meshgrid(...tensors: Tensor[]): Tensor[];
export function meshgrid(...given: readonly unknown[]): Tensor[] {
  const options = given.slice(-1).filter(isOptions);
  const { indexing = "ij" } = namedArguments<MeshgridOptions>("meshgrid", ["indexing"], options);
  if (indexing !== "ij" && indexing !== "xy")
    throw new TypeError(`meshgrid: indexing must be one of "xy" or "ij", but received: ${String(indexing)}`);
  const listed = given.slice(0, given.length - options.length);
  const tensors = Array.isArray(listed[0]) ? (listed[0] as readonly unknown[]) : listed;
  checkVectors("meshgrid", tensors);
  if (tensors.length === 0) throw new RangeError("meshgrid: expects at least one tensor");
  const { dtype } = tensors[0];
  if (tensors.some((tensor) => tensor.dtype !== dtype))
    throw new TypeError(
      `meshgrid: expects all tensors to have the same dtype: ${tensors.map((t) => t.dtype).join(", ")}`,
    );
  const order =
    indexing === "xy" && tensors.length >= 2 ? [tensors[1], tensors[0], ...tensors.slice(2)] : tensors;
  const shape = order.map((tensor) => tensor.count);
  const grids = order.map((tensor, d) =>
    expand(
      reshape(
        tensor,
        shape.map((_, k) => (k === d ? -1 : 1)),
      ),
      shape,
    ),
  );
  return order === tensors ? grids : [grids[1], grids[0], ...grids.slice(2)];
}

/** All combinations of one element of each vector, one per row; of a single vector, itself. */
export function cartesianProd(...tensors: Tensor[]): Tensor {
  checkVectors("cartesianProd", tensors);
  if (tensors.length === 1) return tensors[0];
  return stack(
    meshgrid(tensors).map((grid) => reshape(grid, [-1])),
    1,
  );
}

/** All combinations of `r` elements of a vector in order, one per row. */
export function combinations(
  input: Tensor,
  ...given: [r?: number, withReplacement?: boolean] | [options: CombinationsOptions]
): Tensor {
  checkTensor("combinations", input);
  const { r = 2, withReplacement = false } = namedArguments<CombinationsOptions>(
    "combinations",
    ["r", "withReplacement"],
    given,
  );
  if (input.shape.length !== 1)
    throw new RangeError(`combinations: Expect a 1D vector, but got shape ${describe(input.shape)}`);
  if (!Number.isInteger(r) || r < 0)
    throw new RangeError(`combinations: Expect a non-negative number, but got ${r}`);
  if (r === 0) return Tensor.zeros([0], input.dtype);
  const rows: number[][] = [];
  const extend = (row: number[], from: number): void => {
    if (row.length === r) rows.push(row);
    else for (let k = from; k < input.count; k++) extend([...row, k], withReplacement ? k : k + 1);
  };
  extend([], 0);
  return reshape(indexSelect(input, 0, indexTensor(rows.flat(), [rows.length * r])), [rows.length, r]);
}
