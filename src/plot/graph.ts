import { Figure, type FigureOptions, type Trace } from "./figure.js";
import { plainText } from "./text.js";
import { baseLayout, COLOURS, GREY } from "./theme.js";

/** One operation of the tape, as autograd keeps it. */
export interface GraphNode {
  readonly operation: { readonly name: string };
  readonly edges: readonly (GraphNode | null)[];
  /** The leaf whose gradient is filled here. */
  readonly variable: { readonly shape: readonly number[] } | null;
}

/** A tensor that knows how it was computed. */
export interface GraphTensor {
  readonly shape: readonly number[];
  readonly gradFn: GraphNode | null;
}

export interface GraphOptions extends FigureOptions {
  /** What leaves are called: a name for each tensor, as `{ weight: model.weight }`. */
  names?: Readonly<Record<string, object>>;
  /** Height in pixels of a layer of the graph. Default 64. */
  height?: number;
}

/** More operations than these cannot be read. */
const MOST_NODES = 300;

interface Placed {
  readonly node: GraphNode;
  readonly layer: number;
  x: number;
}

/**
 * The graph that `backward` goes through: the tensor's operation at the top, below each operation those that computed
 * its inputs, down to the leaves, squares, whose gradients are filled.
 *
 * @throws when no operation has made the tensor, or there are too many to be read
 */
export function graph(tensor: GraphTensor, options: GraphOptions): Figure {
  const { names = {}, height = 64 } = options;
  const root = tensor.gradFn;
  if (root === null) {
    throw new TypeError("graph: this tensor has no gradFn: nothing that requires a gradient went into it");
  }
  const layers = place(layersOf(root));
  const placed = new Map(layers.flat().map((one) => [one.node, one]));
  const text = ({ node: { operation, variable } }: Placed): string => {
    if (variable === null) return operation.name.replace(/Backward\d*$/, "");
    const name = Object.entries(names).find(([, value]) => value === variable)?.[0];
    return `${name ?? "leaf"} [${variable.shape.join(", ")}]`;
  };
  const drawn = (name: string, symbol: string, color: string, of: readonly Placed[]): Trace => ({
    type: "scatter",
    mode: "markers+text",
    name,
    x: of.map(({ x }) => x),
    y: of.map(({ layer }) => 0 - layer),
    text: of.map((one) => plainText(text(one))),
    // Arrows go inwards more often than outwards.
    textposition: of.map(({ x }) => (x < 0 ? "middle left" : "middle right")),
    marker: { symbol, size: 12, color },
    hoverinfo: "text",
  });
  const [leaves, operations] = [true, false].map((leaf) =>
    [...placed.values()].filter(({ node }) => (node.variable !== null && node.edges.length === 0) === leaf),
  );
  const arrows = [...placed.values()].flatMap((from) =>
    from.node.edges.flatMap((edge) => (edge === null ? [] : [[from, placed.get(edge)!] as const])),
  );
  const widest = Math.max(...layers.map((layer) => layer.length));
  const hidden = { visible: false, fixedrange: true };
  const layout = baseLayout({
    xaxis: { ...hidden, range: [-widest / 2 - 0.4, widest / 2 + 0.4] },
    yaxis: { ...hidden, range: [0.4 - layers.length, 0.6] },
    margin: { l: 10, r: 10, b: 5 },
  });
  const traces = [
    arrowsTrace(arrows),
    drawn("operation", "circle", COLOURS[0], operations),
    drawn("leaf", "square", COLOURS[1], leaves),
  ];
  return new Figure(traces, { ...layout, showlegend: true }, { ...options, height: height * layers.length });
}

/** The nodes by their longest distance from the root. */
function layersOf(root: GraphNode): GraphNode[][] {
  const distance = new Map<GraphNode, number>();
  // Every node after all that lead to it.
  const order: GraphNode[] = [];
  const visited = new Set<GraphNode>();
  const stack: { readonly node: GraphNode; next: number }[] = [{ node: root, next: 0 }];
  visited.add(root);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next === top.node.edges.length) {
      order.push(stack.pop()!.node);
      continue;
    }
    const edge = top.node.edges[top.next++];
    if (edge === null || visited.has(edge)) continue;
    visited.add(edge);
    if (visited.size > MOST_NODES) {
      throw new RangeError(`graph: more than ${MOST_NODES} operations cannot be read; draw a smaller part`);
    }
    stack.push({ node: edge, next: 0 });
  }
  const layers: GraphNode[][] = [];
  for (const node of order.reverse()) {
    const layer = distance.get(node) ?? 0;
    layers[layer] ??= [];
    layers[layer].push(node);
    for (const edge of node.edges) {
      if (edge !== null) distance.set(edge, Math.max(distance.get(edge) ?? 0, layer + 1));
    }
  }
  return layers;
}

/** Each layer in the order of the middles of what leads to its nodes, so that few arrows cross. */
function place(layers: readonly GraphNode[][]): Placed[][] {
  const middles = new Map<GraphNode, number[]>();
  return layers.map((nodes, layer) => {
    const middle = (node: GraphNode): number => {
      const above = middles.get(node) ?? [0];
      return above.reduce((sum, x) => sum + x, 0) / above.length;
    };
    const ordered = [...nodes].sort((a, b) => middle(a) - middle(b));
    return ordered.map((node, k) => {
      const x = k - (ordered.length - 1) / 2;
      for (const [position, edge] of node.edges.entries()) {
        if (edge === null) continue;
        // The first input goes to the left of the second.
        const at = x + 0.2 * (position - (node.edges.length - 1) / 2);
        middles.set(edge, [...(middles.get(edge) ?? []), at]);
      }
      return { node, layer, x };
    });
  });
}

/** Lines with a head at their second end. */
function arrowsTrace(arrows: readonly (readonly [from: Placed, to: Placed])[]): Trace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name: "input",
    x: arrows.flatMap(([from, to]) => [from.x, to.x, null]),
    y: arrows.flatMap(([from, to]) => [0 - from.layer, 0 - to.layer, null]),
    line: { color: GREY, width: 1.2 },
    marker: {
      symbol: "arrow",
      angleref: "previous",
      standoff: 7,
      size: arrows.flatMap(() => [0, 10, 0]),
      line: { width: 0 },
      opacity: 1,
      color: GREY,
    },
    hoverinfo: "skip",
    showlegend: false,
  };
}
