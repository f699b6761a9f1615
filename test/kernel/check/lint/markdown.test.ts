import { describe, expect, test } from "vitest";
import { markdownParts } from "../../../../kernel/check/lint/markdown.js";

describe("a Markdown text", () => {
  test.each<[source: string, links: [string, number][]]>([
    [
      "see [b](b.md) and\n[c](c.md#x)",
      [
        ["b.md", 1],
        ["c.md#x", 2],
      ],
    ],
    ["[b][1]\n\n[1]: b.md", [["b.md", 3]]],
    ['<a href="b.md">b</a>', [["b.md", 1]]],
    ["[a b](<a b.md>)", [["a b.md", 1]]],
    [
      "[a](a.md)\n\n[a](a.md)",
      [
        ["a.md", 1],
        ["a.md", 3],
      ],
    ],
    ["`[a](a.md)` and\n```\n[a](a.md)\n```", []],
    ["$x[1](a)$ and $$y[2](b)$$", []],
    ["[动量](动量.md)", [["动量.md", 1]]],
  ])("%j has its links", (source, links) => {
    expect(markdownParts(source).links.map(({ href, line }) => [href, line])).toEqual(links);
  });

  test.each<[source: string, images: [string, string][]]>([
    ["![a curve](a.png)", [["a.png", "a curve"]]],
    ["![](a.png)", [["a.png", ""]]],
    ['<img src="a.png">', [["a.png", ""]]],
    ['<img src="a.png" alt="a curve">', [["a.png", "a curve"]]],
    ["![a](attachment:a.png)", [["attachment:a.png", "a"]]],
  ])("%j has its images", (source, images) => {
    expect(markdownParts(source).images.map(({ src, alt }) => [src, alt])).toEqual(images);
  });

  test.each<[source: string, anchors: string[]]>([
    ["# The Model, and `its` data", ["The-Model,-and-its-data", "the-model-and-its-data"]],
    ["## The rule $\\theta_t$", ["The-rule-$\\theta_t$", "the-rule-theta_t"]],
    ["# A\n# A", ["A", "a", "A", "a-1"]],
    ['<a id="here"></a> text <a name="there"></a>', ["here", "there"]],
    ["# 动量 Momentum", ["动量-Momentum", "动量-momentum"]],
  ])("%j has its anchors", (source, anchors) => {
    expect(markdownParts(source).anchors).toEqual(anchors);
  });
});
