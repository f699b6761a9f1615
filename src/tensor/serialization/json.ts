import { SafetensorsError } from "./error.js";

/**
 * Reads JSON that others wrote, piece by piece: who reads it checks each piece before the next, so that a hostile
 * file is refused where it goes wrong and not after it has become gigabytes of objects.
 *
 * Unlike `JSON.parse` it refuses two equal keys in one object, of which `JSON.parse` silently keeps the last, and
 * the key `__proto__`, which turns into a prototype where objects are copied.
 */
export class JsonReader {
  readonly #text: string;
  readonly #where: string;
  readonly #deepest: number;
  #at = 0;
  #depth = 0;

  /**
   * @param where what the text is, for messages
   * @param deepest how deep arrays and objects may be nested
   */
  constructor(text: string, where: string, deepest: number) {
    this.#text = text;
    this.#where = where;
    this.#deepest = deepest;
  }

  /** The character with which the next value begins (or what stands in its place); "" at the end. */
  next(): string {
    for (
      let code = this.#code();
      code === 32 || code === 10 || code === 13 || code === 9;
      code = this.#code()
    )
      this.#at++;
    return this.#text.charAt(this.#at);
  }

  /** Reads an object; `readValue` is called for each key and has to read its value. */
  object(readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list("{", "}", () => {
      const key = this.string();
      if (key === "__proto__")
        throw new SafetensorsError(`${this.#where} has the key "__proto__", which is not allowed`);
      if (keys.has(key)) throw new SafetensorsError(`${this.#where} has the key ${quote(key)} twice`);
      keys.add(key);
      this.#expect(":");
      readValue(key);
    });
  }

  /** Reads an array; `readItem` is called for each item and has to read it. */
  array(readItem: () => void): void {
    this.#list("[", "]", readItem);
  }

  string(): string {
    this.#expect('"');
    const start = this.#at - 1;
    for (; this.#at < this.#text.length && this.#text[this.#at] !== '"'; this.#at++)
      if (this.#text[this.#at] === "\\") this.#at++;
    this.#at++;
    return this.#parse(start) as string;
  }

  /** A number, true, false or null. */
  literal(): number | boolean | null {
    this.next();
    const start = this.#at;
    while (/[\w.+-]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#parse(start) as number | boolean | null;
  }

  /** Any value. */
  value(): unknown {
    const first = this.next();
    if (first === '"') return this.string();
    if (first === "[") {
      const items: unknown[] = [];
      this.array(() => items.push(this.value()));
      return items;
    }
    if (first === "{") {
      const entries: [string, unknown][] = [];
      this.object((key) => entries.push([key, this.value()]));
      return Object.fromEntries(entries);
    }
    return this.literal();
  }

  /** Reads any value without keeping it. */
  skip(): void {
    const first = this.next();
    if (first === "[") this.array(() => this.skip());
    else if (first === "{") this.object(() => this.skip());
    else this.value();
  }

  /** Refuses anything but space behind the last value. */
  end(): void {
    if (this.next() !== "") this.#fail("expected the end");
  }

  #list(open: string, close: string, readItem: () => void): void {
    this.#expect(open);
    if (++this.#depth > this.#deepest)
      throw new SafetensorsError(`${this.#where} is more than ${this.#deepest} levels deep`);
    if (this.next() !== close) {
      readItem();
      while (this.next() !== close) {
        this.#expect(",");
        readItem();
      }
    }
    this.#at++;
    this.#depth--;
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #expect(character: string): void {
    if (this.next() !== character) this.#fail(`expected ${character}`);
    this.#at++;
  }

  /** A string or literal that begins at `start` and ends here: JSON.parse knows escapes and numbers. */
  #parse(start: number): unknown {
    try {
      return JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      this.#at = start;
      return this.#fail("expected a value");
    }
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? quote(this.#text.slice(this.#at, this.#at + 10)) : "the end";
    throw new SafetensorsError(
      `${this.#where} is not valid JSON: ${expected} at position ${this.#at}, found ${found}`,
    );
  }
}

/** A name from a file as it is written in messages: quoted, and not longer than a line. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
}
