import { type TextStyle, textWidth } from "./text-size.js";

/** Ascent and height of a line of DejaVu Sans, by its size. */
const ASCENT = 0.928;
const LINE_HEIGHT = 1.164;
/** From one line of a text to the next, by its size; plotly's own. */
const LINE_SPACING = 1.3;
const DEFAULT_SIZE = 12;
const TEXT_NODE = 3;

interface PageNode {
  readonly nodeType: number;
  readonly textContent: string | null;
  readonly childNodes: Iterable<PageNode>;
  readonly parentNode: PageNode | null;
}

/** An element of an SVG drawing in a page that has no layout. */
export interface SvgElement extends PageNode {
  readonly localName: string;
  readonly children: Iterable<SvgElement>;
  readonly style?: { readonly fontSize: string; readonly fontWeight: string; readonly display: string };
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

/** In pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const NOTHING: Box = { left: 0, top: 0, right: 0, bottom: 0 };

/** What an element covers, before its own transformation: texts and rectangles; plotly asks for no others. */
export function innerBox(element: SvgElement): Box {
  return boxOf(element) ?? NOTHING;
}

/** What an element covers after its own transformation, which is where it is when nothing around it has one. */
export function outerBox(element: SvgElement): Box {
  const box = boxOf(element);
  return box ? transformed(box, element.getAttribute("transform")) : NOTHING;
}

/** How wide a text, or a part of one, is. */
export function lineWidth(node: PageNode): number {
  if (node.nodeType === TEXT_NODE) {
    return textWidth(node.textContent ?? "", textStyle(node.parentNode as SvgElement | null));
  }
  let width = 0;
  for (const child of node.childNodes) width += lineWidth(child);
  return width;
}

function boxOf(element: SvgElement): Box | undefined {
  if (element.style?.display === "none") return undefined;
  if (element.localName === "text") return textBox(element);
  if (element.localName === "rect") {
    const [left, top] = [numberOf(element, "x"), numberOf(element, "y")];
    return { left, top, right: left + numberOf(element, "width"), bottom: top + numberOf(element, "height") };
  }
  let union: Box | undefined;
  for (const child of element.children) {
    const inner = boxOf(child);
    if (!inner) continue;
    const box = transformed(inner, child.getAttribute("transform"));
    union = {
      left: Math.min(box.left, union?.left ?? Infinity),
      top: Math.min(box.top, union?.top ?? Infinity),
      right: Math.max(box.right, union?.right ?? -Infinity),
      bottom: Math.max(box.bottom, union?.bottom ?? -Infinity),
    };
  }
  return union;
}

function textBox(element: SvgElement): Box | undefined {
  const lines = [...element.querySelectorAll(".line")];
  const width = Math.max(...(lines.length > 0 ? lines : [element]).map(lineWidth));
  if (width === 0) return undefined;
  const { size } = textStyle(element);
  const anchor = element.getAttribute("text-anchor");
  const before = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  const left = numberOf(element, "x") - before;
  const top = numberOf(element, "y") - size * ASCENT;
  const height = size * (LINE_HEIGHT + LINE_SPACING * Math.max(0, lines.length - 1));
  return { left, top, right: left + width, bottom: top + height };
}

/** Size and weight of the text in an element; a size in percent is of the element around it. */
function textStyle(element: SvgElement | null): TextStyle {
  if (!element) return { size: DEFAULT_SIZE, bold: false };
  const { fontSize = "", fontWeight = "" } = element.style ?? {};
  const outer = textStyle(element.parentNode as SvgElement | null);
  const number = Number.parseFloat(fontSize);
  const size = fontSize.endsWith("%") ? (outer.size * number) / 100 : number;
  return {
    size: Number.isNaN(size) ? outer.size : size,
    bold: fontWeight === "" ? outer.bold : fontWeight === "bold" || Number(fontWeight) >= 600,
  };
}

/** The box around a box that was moved, turned and scaled: `translate(1,2) rotate(90,3,4)`, the last one first. */
function transformed(box: Box, transform: string | null): Box {
  if (!transform) return box;
  const steps = [...transform.matchAll(/(\w+)\(([^)]*)\)/g)].reverse();
  let corners: [x: number, y: number][] = [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ];
  for (const [, name, values] of steps) {
    const numbers = values!.split(/[\s,]+/).map(Number);
    corners = corners.map(([x, y]) => moved(name!, numbers, x, y));
  }
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function moved(name: string, [a = 0, b, c]: number[], x: number, y: number): [x: number, y: number] {
  if (name === "translate") return [x + a, y + (b ?? 0)];
  if (name === "scale") return [x * a, y * (b ?? a)];
  if (name !== "rotate") return [x, y];
  const [sine, cosine] = [Math.sin((a * Math.PI) / 180), Math.cos((a * Math.PI) / 180)];
  const [centerX, centerY] = [b ?? 0, c ?? 0];
  return [
    centerX + (x - centerX) * cosine - (y - centerY) * sine,
    centerY + (x - centerX) * sine + (y - centerY) * cosine,
  ];
}

function numberOf(element: SvgElement, attribute: string): number {
  return Number.parseFloat(element.getAttribute(attribute) ?? "") || 0;
}
