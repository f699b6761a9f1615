/**
 * The API rule of this library: positional parameters keep PyTorch's order, and each of them may also be given by
 * name in one trailing options object: `x.sum(1, true)`, `x.sum(1, { keepdim: true })`, `x.sum({ dim: 1 })`.
 */

export function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The parameters `P` by position, any number of them, and then the rest of the options `O` by name:
 * `Arguments<[p?: number, inplace?: boolean], DropoutOptions>` takes `(0.2, true)`, `(0.2, { inplace: true })`, `({ p: 0.2 })`.
 */
export type Arguments<P extends readonly unknown[], O> = P | Named<Required<P>, O>;

type Named<P extends readonly unknown[], O> = P extends readonly []
  ? [options: O]
  :
      | [...positional: P, options: Partial<O>]
      | (P extends readonly [...infer Rest, unknown] ? Named<Rest, O> : never);

/**
 * Puts positional and named arguments together.
 *
 * @throws TypeError for a name that is not in `names`, a parameter given twice, or too many arguments
 */
export function namedArguments<T extends object>(
  operation: string,
  names: readonly (keyof T & string)[],
  given: readonly unknown[],
): T {
  const bound: Record<string, unknown> = {};
  const last = given.length - 1;
  const options = last >= 0 && isOptions(given[last]) ? given[last] : undefined;
  const positional = options === undefined ? given.length : last;
  if (positional > names.length) {
    throw new TypeError(
      `${operation}: takes at most ${names.length} positional arguments (${names.join(", ")}), got ${positional}`,
    );
  }
  for (let k = 0; k < positional; k++) if (given[k] !== undefined) bound[names[k]] = given[k];
  if (options !== undefined) {
    checkOptionNames(operation, names, options);
    for (const [name, value] of Object.entries(options)) {
      if (name in bound) throw new TypeError(`${operation}: ${name} is given twice, by position and by name`);
      bound[name] = value;
    }
  }
  return bound as T;
}

/**
 * As `namedArguments`, where those of `required`, which come first, must be given.
 *
 * @throws TypeError where one of them is missing
 */
export function requiredArguments<T extends object, K extends keyof T & string>(
  operation: string,
  required: readonly K[],
  others: readonly (keyof T & string)[],
  given: readonly unknown[],
): T & { [Name in K]-?: Exclude<T[Name], undefined> } {
  const bound = namedArguments<T>(operation, [...required, ...others], given);
  const missing = required.filter((name) => bound[name] === undefined);
  if (missing.length > 0)
    throw new TypeError(`${operation}: missing required arguments: ${missing.join(", ")}`);
  return bound as T & { [Name in K]-?: Exclude<T[Name], undefined> };
}

/** Refuses options with unknown names. */
export function checkOptionNames(operation: string, names: readonly string[], options: object): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new TypeError(`${operation}: unknown option ${name}; the options are ${names.join(", ")}`);
    }
  }
}
