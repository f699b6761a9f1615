import { Tensor } from "../tensor/tensor.js";
import { asNumber } from "./options.js";
import type { ParamGroup } from "./param-groups.js";

interface Shown {
  readonly paramGroups: readonly ParamGroup<object>[];
  readonly state: ReadonlyMap<Tensor, object>;
}

/** An optimizer's groups with the options that are set, and what it remembers, in Markdown. */
export function summary({ paramGroups, state }: Shown): string {
  const names = new Set(
    paramGroups.flatMap((group) => Object.keys(group).filter((name) => isSet(group, name))),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(["", ...paramGroups.map((_, k) => (paramGroups.length > 1 ? `group ${k}` : "value"))]),
    line([":--", ...paramGroups.map(() => "--:")]),
    line(["parameters", ...paramGroups.map(({ params }) => `${params.length} (${numbers(params)})`)]),
    ...[...names].map((name) => line([name, ...paramGroups.map((group) => optionText(group, name))])),
  ];
  return `${table.join("\n")}\n\n${stateText(paramGroups, state)}`;
}

function isSet(group: object, name: string): boolean {
  const value: unknown = (group as Record<string, unknown>)[name];
  return !["params", "paramNames"].includes(name) && value !== null && value !== undefined && value !== false;
}

function optionText(group: object, name: string): string {
  if (!isSet(group, name)) return "";
  const value = (group as Record<string, unknown>)[name];
  const text = Array.isArray(value) ? value.map(asNumber).join(", ") : String(asNumber(value));
  return text.replace(/\s+/g, " ").replace(/[|\\`*_<&]/g, "\\$&");
}

/** Which states there are, for how many parameters, how many numbers they hold, and how many steps were done. */
function stateText(groups: Shown["paramGroups"], state: Shown["state"]): string {
  if (state.size === 0) return "State: none yet.";
  const names = new Set<string>();
  const tensors: Tensor[] = [];
  let steps = 0;
  for (const own of state.values()) {
    for (const [name, value] of Object.entries(own)) {
      if (name === "step") steps = Math.max(steps, value instanceof Tensor ? value.item() : Number(value));
      else {
        names.add(name);
        if (value instanceof Tensor) tensors.push(value);
      }
    }
  }
  const all = groups.reduce((sum, { params }) => sum + params.length, 0);
  const what = names.size === 0 ? "the count of steps" : `${[...names].join(", ")} (${numbers(tensors)})`;
  const when = steps > 0 ? ` after ${steps} ${steps === 1 ? "step" : "steps"}` : "";
  return `State${when}: ${what} of ${state.size} of ${all} parameters.`;
}

function numbers(tensors: readonly Tensor[]): string {
  const count = tensors.reduce((sum, tensor) => sum + tensor.numel(), 0);
  return `${count.toLocaleString("en")} ${count === 1 ? "number" : "numbers"}`;
}
