/** The text as HTML shows it: nothing in it is markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Table {
  /** What the table shows, for those who hear it and those who see it. */
  readonly caption?: string;
  readonly header: readonly string[];
  /** Texts, row by row. */
  readonly rows: readonly (readonly string[])[];
  /** Numbers of the columns of words; all others are numbers, which stand at the right. */
  readonly words?: readonly number[];
  /** Whether the first column names its row. */
  readonly rowHeaders?: boolean;
  /** A sentence below the table, such as how many rows were left out. */
  readonly note?: string;
}

/** A table without colours and fonts of its own: a front end's theme, light or dark, decides how it looks. */
export function htmlTable({ caption, header, rows, words = [], rowHeaders = false, note }: Table): string {
  const align = (column: number): string => (words.includes(column) ? ' style="text-align:left"' : "");
  const cell = (text: string, column: number): string =>
    rowHeaders && column === 0
      ? `<th scope="row"${align(column)}>${escapeHtml(text)}</th>`
      : `<td${align(column)}>${escapeHtml(text)}</td>`;
  const heads = header.map((text, column) =>
    text === "" ? "<td></td>" : `<th scope="col"${align(column)}>${escapeHtml(text)}</th>`,
  );
  return [
    "<table>",
    ...(caption === undefined
      ? []
      : [`<caption style="text-align:left;white-space:nowrap">${escapeHtml(caption)}</caption>`]),
    ...(header.length === 0 ? [] : [`<thead><tr>${heads.join("")}</tr></thead>`]),
    `<tbody>${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}</tbody>`,
    "</table>",
    ...(note === undefined ? [] : [`<p>${escapeHtml(note)}</p>`]),
  ].join("\n");
}
