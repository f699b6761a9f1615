import { htmlTable } from "../tensor/html.js";
import { describe } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** A table of more layers is no overview. */
const MOST_LAYERS = 60;

/** How a notebook shows a module: as PyTorch prints it, and as a table of its layers with what they learn. */
export function moduleBundle(module: Module): Record<string, string> {
  const layers = [...module.namedModules()];
  const seen = new Set<Tensor>();
  const rows = layers.map(([path, layer]) => row(path, layer, seen));
  // A network that only holds others has nothing of its own to say; its name is in the caption.
  if (rows.length > 1 && rows[0][2] === "") rows.shift();
  const shown = rows.slice(0, MOST_LAYERS);
  const table = htmlTable({
    caption: `${module.constructor.name}: ${summary(module)}`,
    header: ["layer", "what it is", "parameters and buffers", "numbers"],
    rows: shown,
    words: [0, 1, 2],
    rowHeaders: true,
    ...(rows.length > shown.length ? { note: `… and ${rows.length - shown.length} more layers` } : {}),
  });
  return { "text/plain": module.toString(), "text/html": table };
}

/** Path, kind, own tensors with their shapes, and how many numbers they hold that no layer above has counted. */
function row(path: string, layer: Module, seen: Set<Tensor>): string[] {
  const tensors: string[] = [];
  let numbers = 0;
  for (const [name, member] of layer.namedMembers()) {
    if (!("storage" in member)) continue;
    const shared = seen.has(member) ? " (shared)" : "";
    tensors.push(`${name} ${describe(member.shape)}${remark(member)}${shared}`);
    if (shared === "" && member instanceof Parameter) numbers += member.numel();
    seen.add(member);
  }
  const kind = `${layer.constructor.name}(${layer.extraRepr()})`;
  return [path || "(itself)", kind, tensors.join(", "), numbers === 0 ? "" : grouped(numbers)];
}

function remark(tensor: Tensor): string {
  if (!(tensor instanceof Parameter)) return " (buffer)";
  return tensor.requiresGrad ? "" : " (frozen)";
}

function summary(module: Module): string {
  const parameters = module.parameters();
  const count = (tensors: readonly Tensor[]): number =>
    tensors.reduce((sum, tensor) => sum + tensor.numel(), 0);
  const all = count(parameters);
  const learned = count(parameters.filter(({ requiresGrad }) => requiresGrad));
  const buffers = count(module.buffers());
  return [
    `${grouped(all)} ${all === 1 ? "number" : "numbers"} in ${parameters.length} parameters`,
    ...(learned === all ? [] : [`${grouped(learned)} of them learned`]),
    ...(buffers === 0 ? [] : [`${grouped(buffers)} in buffers`]),
    module.training ? "in training mode" : "in evaluation mode",
  ].join(", ");
}

function grouped(value: number): string {
  return value.toLocaleString("en");
}
