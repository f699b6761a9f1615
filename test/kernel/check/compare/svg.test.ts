import { describe, expect, test } from "vitest";
import { compareSvg } from "../../../../kernel/check/compare/svg.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const compare = (saved: string, fresh: string) => compareSvg(saved, fresh, defaultCompareOptions);
const path = (d: string, more = "") =>
  `<svg xmlns="http://www.w3.org/2000/svg"><path d="${d}" ${more}/></svg>`;

describe("SVGs that are the same", () => {
  test.each<[why: string, saved: string, fresh: string]>([
    ["noise", path("M10.5,20.25L30-4.5"), path("M10.50000001 20.25 L30,-4.5")],
    ["the order of attributes", '<svg><g a="1" b="2"/></svg>', '<svg><g b="2" a="1"/></svg>'],
    [
      "the names of ids",
      '<svg><clipPath id="p1a2"/><g clip-path="url(#p1a2)"/><use href="#p1a2"/></svg>',
      '<svg><clipPath id="pffe"/><g clip-path="url(#pffe)"/><use href="#pffe"/></svg>',
    ],
    [
      "the time of drawing",
      "<svg><metadata><dc:date>2026-11-26</dc:date></metadata><!-- a --><g/></svg>",
      "<svg><metadata/><g/></svg>",
    ],
    ["a declaration", `<?xml version="1.0"?><!DOCTYPE svg>${path("M1 2")}`, path("M1 2")],
  ])("but for %s", (_, saved, fresh) => {
    expect(compare(saved, fresh)).toBeUndefined();
  });
});

describe("SVGs that differ", () => {
  test.each<[what: string, saved: string, fresh: string]>([
    ["a coordinate", path("M10.5,20.25"), path("M10.6,20.25")],
    ["the second of a pair", path("M10,234.5"), path("M10,234.8")],
    ["a colour", path("M1 2", 'fill="#0072B2"'), path("M1 2", 'fill="#D55E00"')],
    ["a text", "<svg><text>Adam</text></svg>", "<svg><text>SGD</text></svg>"],
    [
      "what is referred to",
      '<svg><a id="x"/><a id="y"/><use href="#x"/></svg>',
      '<svg><a id="x"/><a id="y"/><use href="#y"/></svg>',
    ],
    ["an element", "<svg><g/></svg>", "<svg><g/><g/></svg>"],
  ])("in %s", (_, saved, fresh) => {
    expect(compare(saved, fresh)).toBeDefined();
  });
});
