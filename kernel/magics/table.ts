import { html, latex, md, svg } from "../display/templates.js";
import { load, writefile } from "./files.js";
import { lsmagic, type MagicTable } from "./help.js";
import type { Magic } from "./magic.js";
import { npm } from "./npm.js";
import { reset } from "./reset.js";
import { show } from "./show.js";
import type { Syntax } from "./syntax.js";
import { time } from "./time.js";
import { timeit } from "./timeit.js";
import { typecheck } from "./typecheck.js";
import { who } from "./who.js";
import { xmode } from "./xmode.js";

/** Every magic, by name, in the order in which help lists them. */
export function magicTable(syntax: Syntax): MagicTable {
  const table = new Map<string, Magic>();
  const magics = {
    time,
    timeit: timeit(syntax),
    who,
    reset,
    load,
    writefile,
    html: show("html", html, "HTML"),
    markdown: show("markdown", md, "Markdown"),
    svg: show("svg", svg, "an SVG drawing"),
    latex: show("latex", latex, "LaTeX"),
    npm,
    typecheck,
    xmode,
    lsmagic: lsmagic(table),
  };
  for (const [name, magic] of Object.entries(magics)) table.set(name, magic);
  return table;
}
