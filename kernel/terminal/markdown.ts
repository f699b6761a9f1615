import { lexer, type Token, type Tokens } from "marked";
import { plainFormula } from "./formula.js";
import { displayWidth, type Paper } from "./paper.js";

/** A Markdown cell as text for a terminal: filled paragraphs, styled headings, formulas with Unicode's letters. */
export function renderMarkdown(source: string, paper: Paper): string {
  return blocks(lexer(withPlainFormulas(source)), paper);
}

const code = /^```[\s\S]*?^```|`+[^`]+`+/;
const display = /\$\$([\s\S]+?)\$\$/;
const inlineFormula = /\$([^\s$](?:[^$\n]*[^\s$])?)\$(?!\d)/;
const formulas = new RegExp([code, display, inlineFormula].map(({ source }) => source).join("|"), "gm");

/** Markdown knows no formulas, and would take their underscores and backslashes for its own. */
function withPlainFormulas(markdown: string): string {
  return markdown.replace(formulas, (whole, displayed?: string, inlined?: string) => {
    if (displayed !== undefined) return `\n\n${indent(plainFormula(displayed), "    ")}\n\n`;
    if (inlined !== undefined) return plainFormula(inlined).replace(/[\\`*_{}[\]<>~|]/g, "\\$&");
    return whole;
  });
}

function blocks(tokens: readonly Token[], paper: Paper): string {
  const texts = tokens.map((token) => block(token, paper)).filter((text) => text !== "");
  return texts.join("\n\n");
}

function block(token: Token, paper: Paper): string {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      const text = paper.fill(inline(tokens, paper));
      return paper.styled(depth === 1 ? ["bold", "underline"] : "bold", text);
    }
    case "paragraph":
    case "text":
      return paper.fill(inline("tokens" in token ? token.tokens : [token], paper));
    case "code":
      return indent((token as Tokens.Code).text, "    ");
    case "blockquote":
      return indent(blocks((token as Tokens.Blockquote).tokens, paper), paper.styled("dim", "│ "));
    case "list": {
      const { items, ordered, start } = token as Tokens.List;
      const bullets = items.map((item, i) => {
        const marker = ordered ? `${Number(start) + i}. ` : "• ";
        const text = item.tokens.map((part) => block(part, paper)).join("\n");
        const [first = "", ...rest] = text.split("\n");
        return [paper.fill(first, marker), ...rest.map((line) => " ".repeat(marker.length) + line)].join(
          "\n",
        );
      });
      return bullets.join("\n");
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      const [heading, ...body] = [header, ...rows].map((row) =>
        row.map((cell) => inline(cell.tokens, paper)),
      );
      return columns([heading!, ...body], paper);
    }
    case "hr":
      return paper.styled("dim", "─".repeat(Math.min(paper.width, 40)));
    default:
      // Spaces, link definitions, HTML: nothing that a terminal could show.
      return "";
  }
}

function inline(tokens: readonly Token[] | undefined, paper: Paper): string {
  return (tokens ?? [])
    .map((token) => {
      switch (token.type) {
        case "strong":
          return paper.styled("bold", inline(token.tokens, paper));
        case "em":
          return paper.styled("italic", inline(token.tokens, paper));
        case "del":
          return paper.styled("strikethrough", inline(token.tokens, paper));
        case "codespan":
          return paper.styled("cyan", (token as Tokens.Codespan).text);
        case "link": {
          const { href, tokens: inner } = token as Tokens.Link;
          const text = inline(inner, paper);
          return text === href ? href : `${text} (${href})`;
        }
        case "image":
          return paper.styled("dim", `[${(token as Tokens.Image).text || "figure"}]`);
        case "br":
          return "\n";
        case "html":
          return "";
        default:
          return "tokens" in token ? inline(token.tokens, paper) : spaced(token);
      }
    })
    .join("");
}

/** A line end within a paragraph is a space. */
function spaced(token: Token): string {
  return (token as Tokens.Text).text.replaceAll("\n", " ");
}

function columns(rows: readonly (readonly string[])[], paper: Paper): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i] ?? ""))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell + " ".repeat(widths[i]! - displayWidth(cell)))
      .join("  ")
      .trimEnd();
  const [heading, ...body] = rows.map(line);
  return [paper.styled("bold", heading!), ...body].join("\n");
}

function indent(text: string, margin: string): string {
  return text
    .split("\n")
    .map((line) => margin + line)
    .join("\n");
}
