import type { FileReport } from "./report.js";

/** Commands that make GitHub show each problem beside its line. Source: GitHub, "Workflow commands". */
export function githubAnnotations({ file, cells, error }: FileReport): string {
  if (error !== undefined) return annotation({ file, title: "could not be checked" }, error);
  return cells
    .flatMap(({ number, problems }) =>
      problems.map(({ message, lines, line }) =>
        annotation({ file, line, title: `cell [${number}]` }, [message, ...lines].join("\n")),
      ),
    )
    .join("");
}

function annotation(properties: Readonly<Record<string, string | number>>, text: string): string {
  const written = Object.entries(properties).map(([key, value]) => {
    return `${key}=${escaped(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`;
  });
  return `::error ${written.join(",")}::${escaped(text)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
