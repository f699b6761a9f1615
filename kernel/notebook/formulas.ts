const code = /^```[\s\S]*?^```|`+[^`]+`+/;
const display = /\$\$([\s\S]+?)\$\$/;
const inline = /\$([^\s$](?:[^$\n]*[^\s$])?)\$(?!\d)/;
const formulas = new RegExp([code, display, inline].map(({ source }) => source).join("|"), "gm");

/**
 * Replaces the formulas of a Markdown text, which Markdown itself does not know: it would take their underscores,
 * brackets and backslashes for its own. What stands in code is no formula.
 */
export function replaceFormulas(
  markdown: string,
  replace: (tex: string, displayed: boolean, whole: string) => string,
): string {
  return markdown.replace(formulas, (whole, displayed?: string, inlined?: string) => {
    const tex = displayed ?? inlined;
    return tex === undefined ? whole : replace(tex, displayed !== undefined, whole);
  });
}
