import { slug as githubSlug } from "github-slugger";
import { marked } from "marked";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { replaceFormulas } from "../../notebook/formulas.js";

/** Where something stands: a line of the source, from 1. */
interface Placed {
  readonly line: number;
}

export interface MarkdownParts {
  /** Where links lead. */
  readonly links: readonly (Placed & { readonly href: string })[];
  readonly images: readonly (Placed & { readonly src: string; readonly alt: string })[];
  /** What a link within the page can lead to: headings as JupyterLab and as GitHub name them, and explicit ids. */
  readonly anchors: readonly string[];
}

/** The links, images and anchors of a Markdown text, also of those that are written in HTML. */
export function markdownParts(source: string): MarkdownParts {
  const formulas: string[] = [];
  const masked = replaceFormulas(source, (_, __, whole) => `formula${formulas.push(whole) - 1}elumrof`);
  const restored = (text: string) =>
    text.replace(/formula(\d+)elumrof/g, (_, i: string) => formulas[Number(i)]!);
  const links: MarkdownParts["links"][number][] = [];
  const images: MarkdownParts["images"][number][] = [];
  const anchors: string[] = [];
  const counts = new Map<string, number>();
  const place = lineFinder(source);
  const visit = (node: DefaultTreeAdapterTypes.ChildNode): void => {
    if (!("attrs" in node)) return;
    const attributes = new Map(node.attrs.map(({ name, value }) => [name, value]));
    for (const name of ["id", "name"]) if (attributes.has(name)) anchors.push(attributes.get(name)!);
    const [href, src] = [attributes.get("href"), attributes.get("src")];
    if (node.nodeName === "a" && href !== undefined) links.push({ href: decoded(href), line: place(href) });
    if (node.nodeName === "img" && src !== undefined) {
      images.push({ src: decoded(src), alt: attributes.get("alt") ?? "", line: place(src) });
    }
    if (/^h[1-6]$/.test(node.nodeName)) {
      const text = restored(textOf(node));
      // GitHub numbers headings of the same name; JupyterLab leads to the first.
      const slug = githubSlug(text);
      const count = counts.get(slug) ?? 0;
      counts.set(slug, count + 1);
      anchors.push(text.replaceAll(" ", "-"), count === 0 ? slug : `${slug}-${count}`);
    }
    node.childNodes.forEach(visit);
  };
  parseFragment(marked.parse(masked, { async: false })).childNodes.forEach(visit);
  return { links, images, anchors };
}

/** Finds the places of links one after the other, as they follow in the text. */
function lineFinder(source: string): (href: string) => number {
  const from = new Map<string, number>();
  return (href) => {
    const start = from.get(href) ?? 0;
    const at =
      [href, decoded(href)].map((text) => source.indexOf(text, start)).find((found) => found >= 0) ?? 0;
    from.set(href, at + 1);
    return source.slice(0, at).split("\n").length;
  };
}

function decoded(href: string): string {
  try {
    return decodeURI(href);
  } catch {
    return href;
  }
}

function textOf(node: DefaultTreeAdapterTypes.ChildNode): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}
