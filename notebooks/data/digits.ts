import { type Generator, rand, randint, randn, type Tensor, tensor } from "optimlab";

/** The digits from 0 to 9 in a grid of 5 × 7, drawn for this course. */
const FONT: readonly string[] = `
.###. ..#.. .###. ####. ...#. ##### ..##. ##### .###. .###.
#...# .##.. #...# ....# ..##. #.... .#... ....# #...# #...#
#..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ...#. .###. #..#. ....# ####. ..#.. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. .#... ....# ...#. #...# #...# .#... #...# ...#.
.###. .###. ##### ####. ...#. .###. .###. .#... .###. .##..
`
  .trim()
  .split("\n");

/** Pixels along each side of an image. */
export const SIDE = 9;

/** A digit's 7 × 5 pixels: 1 where it is drawn. */
export function glyph(digit: number): number[][] {
  return FONT.map((row) => [...row.split(" ")[digit]].map((pixel) => (pixel === "#" ? 1 : 0)));
}

export interface DigitsOptions {
  /** Standard deviation of the noise on every pixel. Default 0.25. */
  readonly noise?: number;
  readonly generator?: Generator;
}

/**
 * Images of 9 × 9 pixels, each a digit drawn somewhere in it, lighter or darker, with noise.
 *
 * @returns images [n, 1, 9, 9] and labels [n] int64
 */
export function digits(
  n: number,
  { noise = 0.25, generator }: DigitsOptions = {},
): [images: Tensor, labels: Tensor] {
  const labels = randint(0, 10, [n], { generator });
  const down = randint(0, SIDE - 7 + 1, [n], { generator });
  const across = randint(0, SIDE - 5 + 1, [n], { generator });
  const ink = rand([n], { generator });
  const images = Array.from({ length: n }, (_, k) => {
    const [top, left, shade] = [down.at(k).item(), across.at(k).item(), 0.6 + 0.4 * ink.at(k).item()];
    const image = Array.from({ length: SIDE }, () => new Array<number>(SIDE).fill(0));
    for (const [y, row] of glyph(labels.at(k).item()).entries()) {
      for (const [x, pixel] of row.entries()) image[top + y][left + x] = pixel * shade;
    }
    return [image];
  });
  return [tensor(images).add(randn([n, 1, SIDE, SIDE], { generator }).mul(noise)), labels];
}
