import type { Json } from "./wire.js";

/** The content of a message is not what the specification says; the text names message, field and value. */
export class ContentError extends Error {
  override name = "ContentError";
}

/** More than a front end can mean to run or complete; the compiler would be busy with it for minutes. */
const LONGEST_CODE = 10_000_000;
const LONGEST_QUOTE = 60;

/**
 * Reads the fields of a message's content and checks their types. `null` counts as absent, because some clients
 * send it for fields that they leave out.
 */
export class Fields {
  readonly #type: string;
  readonly #content: Json;

  constructor(type: string, content: Json) {
    this.#type = type;
    this.#content = content;
  }

  /** @throws ContentError, as all methods here, when the field is of another type, or absent without a fallback. */
  string(name: string, fallback?: string): string {
    const value = this.#content[name] ?? fallback;
    return typeof value === "string" ? value : this.#fail(name, "a string");
  }

  /** The field `code`, which every message about code has. */
  code(): string {
    const code = this.string("code");
    if (code.length > LONGEST_CODE) {
      throw new ContentError(
        `${this.#type}: code has ${code.length} characters; at most ${LONGEST_CODE} are taken`,
      );
    }
    return code;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#content[name] ?? fallback;
    return typeof value === "boolean" ? value : this.#fail(name, "true or false");
  }

  integer(name: string): number | undefined {
    const value = this.#content[name] ?? undefined;
    return value === undefined || Number.isInteger(value)
      ? (value as number)
      : this.#fail(name, "an integer");
  }

  object(name: string): Json {
    const value = this.#content[name] ?? {};
    return typeof value === "object" && !Array.isArray(value)
      ? (value as Json)
      : this.#fail(name, "an object");
  }

  /** An object whose values are all strings. */
  strings(name: string): Record<string, string> {
    const value = this.object(name);
    if (Object.values(value).every((entry) => typeof entry === "string")) {
      return value as Record<string, string>;
    }
    return this.#fail(name, "an object of strings");
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.#content[name];
    return choices.find((choice) => choice === value) ?? this.#fail(name, choices.join(", "));
  }

  #fail(name: string, expected: string): never {
    const value = this.#content[name];
    let quote = value === undefined ? "nothing" : JSON.stringify(value);
    if (quote.length > LONGEST_QUOTE) quote = `${quote.slice(0, LONGEST_QUOTE)}…`;
    throw new ContentError(`${this.#type}: ${name} must be ${expected}, got ${quote}`);
  }
}
