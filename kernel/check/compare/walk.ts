import type { DefaultTreeAdapterTypes } from "parse5";

export type Node = DefaultTreeAdapterTypes.ChildNode;

/**
 * Visits nodes and all that is in them, in the order of the text. Without recursion, because HTML from outside may be
 * nested deeper than the stack is.
 * @param enter Says whether to visit what is in the node.
 * @param leave Comes after what is in the node, if that was visited.
 */
export function walk(
  nodes: readonly Node[],
  enter: (node: Node) => boolean,
  leave: (node: Node) => void = () => {},
): void {
  const open: { readonly node: Node; readonly entered: boolean }[] = [];
  const push = (children: readonly Node[]) => {
    for (const node of children.toReversed()) open.push({ node, entered: false });
  };
  push(nodes);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, entered } = next;
    if (entered) leave(node);
    else if (enter(node)) {
      open.push({ node, entered: true });
      if ("childNodes" in node) push(node.childNodes);
    }
  }
}
