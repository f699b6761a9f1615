import { SafetensorsError } from "./error.js";

/**
 * `JSON.parse` for text that others wrote: refuses two equal keys in one object, of which `JSON.parse` silently
 * keeps the last; the key `__proto__`, which turns into a prototype where objects are copied; and nesting, of which
 * a few megabytes would take gigabytes of memory.
 *
 * @param where what the text is, for messages
 * @param deepest how deep arrays and objects may be nested
 */
export function parseJson(text: string, where: string, deepest: number): unknown {
  try {
    checkKeys(text, where, deepest);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SafetensorsError) throw error;
    throw new SafetensorsError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
}

/** Walks over JSON (or over what `JSON.parse` will refuse): there, a string is a key exactly when a colon follows it. */
function checkKeys(text: string, where: string, deepest: number): void {
  const keys: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "}" || character === "]") keys.pop();
    else if (character === "{" || character === "[") {
      if (keys.length === deepest) throw new SafetensorsError(`${where} is more than ${deepest} levels deep`);
      keys.push(character === "{" ? new Set() : null);
    } else if (character === '"') {
      const start = at;
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
      const end = at + 1;
      while (isSpace(text.charCodeAt(at + 1))) at++;
      if (text[at + 1] === ":") addKey(keys.at(-1), JSON.parse(text.slice(start, end)), where);
    }
  }
}

function addKey(keys: Set<string> | null | undefined, key: string, where: string): void {
  if (key === "__proto__")
    throw new SafetensorsError(`${where} has the key "__proto__", which is not allowed`);
  if (keys?.has(key)) throw new SafetensorsError(`${where} has the key ${quote(key)} twice`);
  keys?.add(key);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** A name from a file as it is written in messages: quoted, and not longer than a line. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
}
