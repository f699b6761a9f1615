import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A figure.";

describe("plot.image", () => {
  const two = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ];

  it.each<[string, torch.plot.Images]>([
    ["arrays", two],
    ["a tensor", torch.tensor(two)],
    ["a tensor with one channel", torch.tensor(two).unsqueeze(1)],
    ["an array of tensors", [torch.tensor(two[0]), torch.tensor(two[1])]],
  ])("puts images of %s side by side", (_, images) => {
    expect(plot.image(images, { alt, columns: 2 }).data[0].z).toEqual([
      [1, 2, null, 5, 6],
      [3, 4, null, 7, 8],
    ]);
  });

  it.each<[string, torch.plot.Images]>([
    ["rows", two[0]],
    ["a tensor", torch.tensor(two[0])],
    ["an array of rows that are tensors", [torch.tensor([1, 2]), torch.tensor([3, 4])]],
  ])("takes one image as %s", (_, image) => {
    const [trace] = plot.image(image, { alt }).data;
    expect(trace).toMatchObject({ z: two[0], zmin: 1, zmax: 4, colorscale: "Greys" });
  });

  it("puts zero in the middle of the colours where values have both signs", () => {
    expect(plot.image([[-1, 3]], { alt }).data[0]).toMatchObject({ zmin: -3, zmax: 3, showscale: true });
  });

  it.each([
    [() => plot.image([two[0], [[1]]], { alt }), /image 1 has 1 × 1 pixels, but image 0 has 2 × 2/],
    [
      () => plot.image(torch.zeros([2, 3, 4, 4]), { alt }),
      /expected a tensor of shape .* got \[2, 3, 4, 4\]/,
    ],
    [() => plot.image([], { alt }), /image: expected images, got an array of 0/],
    [() => plot.image([[Number.NaN]], { alt }), /no pixel is a finite number/],
    [() => plot.image(two, { alt, columns: 0 }), /columns is a whole number from 1, got 0/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
