import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";

const fonts = join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf");
const family = "DejaVu Sans";
/** What DejaVu has no letters for: Chinese, Japanese and Korean. Where the system has a font for them, that is used. */
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * The fonts that a drawing is rendered with: the same on every machine, with Greek letters and mathematical signs.
 * @param svg The drawing, or the text.
 */
export function fontsFor(svg: string): NonNullable<ResvgRenderOptions["font"]> {
  return {
    loadSystemFonts: EAST_ASIAN.test(svg),
    fontFiles: ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"].map((name) =>
      join(fonts, `${name}.ttf`),
    ),
    defaultFontFamily: family,
    sansSerifFamily: family,
  };
}

export interface TextStyle {
  /** In pixels. */
  readonly size: number;
  readonly bold: boolean;
}

const MEASURED_SIZE = 100;
const widths = new Map<string, number>();

/** How wide a line of text is, in pixels. */
export function textWidth(text: string, { size, bold }: TextStyle): number {
  // Spaces at the ends have no ink that could be measured, so bars stand around the text.
  const ink = inkWidth(`|${text}|`, bold) - inkWidth("||", bold);
  return (ink * size) / MEASURED_SIZE;
}

function inkWidth(text: string, bold: boolean): number {
  const key = `${bold ? "bold" : ""} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const style = `font-family="${family}" font-size="${MEASURED_SIZE}" font-weight="${bold ? "bold" : "normal"}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text y="100" xml:space="preserve" ${style}>${escaped}</text></svg>`;
  const width = new Resvg(svg, { font: fontsFor(text) }).getBBox()?.width ?? 0;
  widths.set(key, width);
  return width;
}
