import { lexer, type Token, type Tokens } from "marked";
import { replaceFormulas } from "../notebook/formulas.js";
import { plainFormula } from "./formula.js";
import type { Paper } from "./paper.js";
import { renderTable } from "./table.js";
import { hanging, wrap } from "./text.js";

/** A Markdown cell as text for a terminal: filled paragraphs, styled headings, formulas with Unicode's letters. */
export function renderMarkdown(source: string, paper: Paper): string {
  return blocks(lexer(withPlainFormulas(source)), paper, paper.width);
}

/** Formulas are put in as Unicode's letters, with what Markdown would take for its own escaped. */
function withPlainFormulas(markdown: string): string {
  return replaceFormulas(markdown, (tex, displayed) =>
    displayed
      ? `\n\n${hanging("    ", plainFormula(tex))}\n\n`
      : plainFormula(tex).replace(/[\\`*_{}[\]<>~|]/g, "\\$&"),
  );
}

function blocks(tokens: readonly Token[], paper: Paper, width: number): string {
  return tokens
    .map((token) => block(token, paper, width))
    .filter((text) => text !== "")
    .join("\n\n");
}

function block(token: Token, paper: Paper, width: number): string {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      return paper.styled(depth === 1 ? ["bold", "underline"] : "bold", filled(inline(tokens, paper), width));
    }
    case "paragraph":
    case "text":
      return filled(inline("tokens" in token ? token.tokens : [token], paper), width);
    case "code":
      return hanging("    ", (token as Tokens.Code).text);
    case "blockquote": {
      const bar = paper.styled("dim", "│ ");
      return hanging(bar, blocks((token as Tokens.Blockquote).tokens, paper, width - 2), bar);
    }
    case "list": {
      const { items, ordered, start } = token as Tokens.List;
      const entries = items.map((item, i) => {
        const marker = ordered ? `${Number(start) + i}. ` : "• ";
        const parts = item.tokens.map((part) => block(part, paper, width - marker.length));
        return hanging(marker, parts.filter((part) => part !== "").join("\n"));
      });
      return entries.join("\n");
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      const cells = (row: Tokens.TableCell[]) => row.map(({ tokens }) => inline(tokens, paper));
      return renderTable(cells(header), rows.map(cells), paper, width);
    }
    case "hr":
      return paper.styled("dim", "─".repeat(Math.min(width, 40)));
    default:
      // Spaces, link definitions, HTML: nothing that a terminal could show.
      return "";
  }
}

function filled(text: string, width: number): string {
  return wrap(text, width).join("\n");
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
