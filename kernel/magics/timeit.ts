import { types } from "node:util";
import { formatDuration } from "./duration.js";
import { type Call, type Magic, type MagicHost, UsageError } from "./magic.js";
import { measure, quantile, type Stopwatch, type Timing } from "./measure.js";
import { only } from "./split.js";
import type { Span, Syntax } from "./syntax.js";

type Code = () => unknown;

// A cell may replace these.
const { now } = performance;
const clock = (): number => Reflect.apply(now, performance, []);
const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

const OPTIONS = /^(?:-[nr]\s*\d+(?:\s+|$))*/;
const LOOP = `let last;
const start = clock();
for (let i = 0; i < loops; i++) last = CALL;
const time = clock() - start;
return [time, last];`;

/** `%timeit`, for which the syntax says whether code awaits and whether it is an expression. */
export function timeit(syntax: Syntax): Magic {
  return {
    usage: "%timeit [-n loops] [-r runs] code, or %%timeit [-n loops] [-r runs] [setup] before a cell",
    summary: "Runs the code many times and gives the median time of one, with its spread.",
    form: "both",
    takesCode: true,
    async run(call, host) {
      const options = OPTIONS.exec(call.text)![0];
      const number = (name: string): number | undefined => {
        const found = new RegExp(`-${name}\\s*(\\d+)`).exec(options);
        if (!found) return undefined;
        if (Number(found[1]) > 0) return Number(found[1]);
        throw new UsageError(`%timeit: -${name} must be at least 1, got ${found[1]}`);
      };
      const fixed = { loops: number("n"), runs: number("r") };
      const code = await compile(call, options.length, syntax, host);
      host.write("stdout", `${describeTiming(await host.released(() => time(code, host, fixed)))}\n`);
      return undefined;
    },
  };
}

/** The code as a function in the scope of the cell. Every character keeps its place as far as there is room. */
async function compile(
  { cell, argument, body }: Call,
  optionsLength: number,
  syntax: Syntax,
  host: MagicHost,
): Promise<Code> {
  const given: Span = { start: argument.start + optionsLength, end: argument.end };
  const code = body ?? given;
  const text = cell.slice(code.start, code.end);
  if (!syntax.hasStatements(text)) throw new UsageError("%timeit: there is no code to be timed");
  const head = syntax.awaits(text) ? "async()=>" : "()=>";
  const expression = syntax.onlyExpression(text);
  let source: string;
  if (body) {
    // The setup runs once, in the same scope, on the line of the magic.
    const setup = cell.slice(given.start, given.end);
    const start = syntax.awaits(setup) ? "await(async()=>{" : "(()=>{";
    source = `${putBefore(only(cell, given), given.start, start)};return ${head}{${only(cell, body).slice(body.start - 1)}\n}})()`;
  } else if (expression) {
    const end = code.start + expression.end;
    source = `${putBefore(only(cell, { start: code.start, end }), code.start, `${head}(`)})`;
  } else {
    source = `${putBefore(only(cell, code), code.start, `${head}{`)}\n}`;
  }
  const { value } = await host.run(source);
  return value as Code;
}

/** The text with `before` in front of an offset, in place of blanks if there are enough of them. */
function putBefore(text: string, offset: number, before: string): string {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  return text.slice(0, Math.max(line, offset - before.length)) + before + text.slice(offset);
}

async function time(code: Code, host: MagicHost, fixed: { loops?: number; runs?: number }): Promise<Timing> {
  const first = code();
  if (!types.isPromise(first)) return measure(stopwatch(code), stopwatch(nothing()), fixed);
  await first;
  return measure(asyncStopwatch(code, host), asyncStopwatch(asyncNothing(), host), fixed);
}

/** A loop of its own for each code, so that the compiler optimizes it for this one. */
function stopwatch(code: Code): Stopwatch {
  const loop = new Function("code", "loops", "clock", LOOP.replace("CALL", "code()")) as (
    ...values: [Code, number, () => number]
  ) => [time: number, last: unknown];
  return (loops) => loop(code, loops, clock)[0];
}

function asyncStopwatch(code: Code, host: MagicHost): Stopwatch {
  const loop = new AsyncFunction("code", "loops", "clock", LOOP.replace("CALL", "await code()")) as (
    ...values: [Code, number, () => number]
  ) => Promise<[time: number, last: unknown]>;
  return async (loops) => {
    host.interrupted.throwIfAborted();
    return (await loop(code, loops, clock))[0];
  };
}

function nothing(): Code {
  return new Function() as Code;
}

function asyncNothing(): Code {
  return new AsyncFunction() as Code;
}

function describeTiming({ loops, times }: Timing): string {
  const [median, low, high] = [0.5, 0.25, 0.75].map((q) => formatDuration(quantile(times, q)));
  const count = (number: number, noun: string): string =>
    `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  return `${median} (median of ${count(times.length, "run")} of ${count(loops, "loop")}; the middle half took ${low} to ${high})`;
}
