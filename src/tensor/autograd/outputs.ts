import type { Tensor } from "../tensor.js";
import { Node, type Operation } from "./node.js";

/** The end of one of several outputs of an operation: it hands its gradient to the node of the operation. */
const Output: Operation = {
  name: "OutputBackward",
  backward(node, gradient) {
    const joint = node.edges[0] as Node;
    (joint.parts as (Tensor | null)[])[node.attributes as number] = gradient;
    // Tells the backward pass that this node is to be run; its operation looks at `parts`.
    joint.gradient ??= gradient;
  },
};

/**
 * Records an operation with several outputs. Its `backward` finds the gradient of each in `node.parts`, null for
 * those that nothing depended on.
 */
export function recordOutputs(node: Node, outputs: readonly Tensor[]): void {
  node.parts = outputs.map(() => null);
  const handle = { gradFn: node, shape: [] } as unknown as Tensor;
  outputs.forEach((output, index) => {
    output.gradFn = new Node(Output, [handle], undefined, index);
  });
}
