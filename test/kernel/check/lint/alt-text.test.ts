import { expect, test } from "vitest";
import { altText } from "../../../../kernel/check/lint/alt-text.js";
import { losses } from "../../../../src/plot/index.js";
import { code, markdown, notebook, shown } from "../cells.js";

const plotly = (figure: unknown) =>
  code("figure", { outputs: [shown({ "application/vnd.plotly.v1+json": figure })] });

test("figures and images with words are as they should be", () => {
  const { data, layout } = losses([1, 0.5], { alt: "It falls." });
  expect(altText(notebook([plotly({ data, layout }), markdown("![a curve](a.png)"), code("1")]))).toEqual([]);
});

test.each([
  [{ data: [], layout: {} }],
  [{ data: [] }],
  [{ data: [], layout: { meta: { alt: " " } } }],
  ["no figure"],
])("the figure %j has no words", (figure) => {
  const message = "a plotly figure has no alt text: say in layout.meta.alt what it shows";
  expect(altText(notebook([markdown("a"), plotly(figure)]))).toEqual([{ cell: 1, message }]);
});

test("an image without words is found where it stands", () => {
  expect(altText(notebook([markdown("a\n\n![](a.png)")]))).toEqual([
    { cell: 0, line: 3, message: "the image a.png has no alt text: ![what it shows](a.png)" },
  ]);
});
