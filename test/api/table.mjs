import { readFileSync } from "node:fs";

/** PyTorch's public names by module, as PyTorch itself lists them. */
const { names } = JSON.parse(readFileSync(new URL("./pytorch-names.json", import.meta.url), "utf8"));

/** The API rule: PyTorch's names in camelCase. */
export function camelCase(name) {
  return name.replace(/(?<=.)_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** What stands at "torch.nn.functional" in the library. */
function lookUp(torch, path) {
  return path
    .split(".")
    .slice(1)
    .reduce((value, name) => value?.[camelCase(name)], torch);
}

/** Which of PyTorch's names the library has, module by module. */
export function coverage(torch) {
  return Object.entries(names).map(([path, list]) => {
    const module = lookUp(torch, path) ?? {};
    const isThere = (name) => camelCase(name) in module;
    return { path, present: list.filter(isThere), absent: list.filter((name) => !isThere(name)) };
  });
}

/** The README's section: a table of counts, and what is absent. */
export function apiTable(torch) {
  const rows = coverage(torch);
  const table = rows.map(
    ({ path, present, absent }) => `| \`${path}\` | ${present.length} of ${present.length + absent.length} |`,
  );
  const absent = rows
    .filter((row) => row.absent.length > 0)
    .map((row) => `- \`${row.path}\`: ${row.absent.map((name) => `\`${name}\``).join(", ")}`);
  return [
    "| module of PyTorch 1.13 | names that exist here |",
    "|:--|--:|",
    ...table,
    "",
    "<details><summary>What does not exist</summary>",
    "",
    ...absent,
    "",
    "</details>",
  ].join("\n");
}

const begin = "<!-- The table below is made by `npm run api-table`. -->";
const end = "<!-- End of the table. -->";

/** The README with its table made anew. */
export function withTable(readme, torch) {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error("README.md lacks the marks between which the table stands");
  return `${readme.slice(0, from + begin.length)}\n${apiTable(torch)}\n${readme.slice(to)}`;
}
