/**
 * Functions of four float32 at once.
 *
 * The polynomials (highest power first) are Chebyshev interpolations of the functions on the intervals named beside them, rounded to float32.
 * How far off the results are is stated in units in the last place (ulp) of the exact ones, and tested over the whole
 * range of float32.
 */
import { type Code, type FunctionBuilder, f32x4, i32, i32x4, relaxedMadd, v128 } from "./assembler.js";
import { features } from "./features.js";
import { CONSTANTS_END } from "./kernel-memory.js";
import { engine } from "./memory.js";
import { workbench } from "./workbench.js";

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2. */
const EXP = [
  0.00019890980911441147, 0.0013933641603216529, 0.00833331048488617, 0.04166646674275398, 0.1666666716337204,
  0.5,
];
/** (ln(1 + f) − f + f²/2) / f³ for √½ ≤ 1 + f ≤ √2. */
const LOG = [
  0.06971611827611923, -0.11479733884334564, 0.11685419827699661, -0.12425687164068222, 0.14249058067798615,
  -0.1666780263185501, 0.20000715553760529, -0.2499999701976776, 0.3333333134651184,
];
/** erf x / x − 1, in powers of x², for |x| < `ERF_SPLIT`. */
const ERF = [
  8.334718586411327e-5, -0.000813470920547843, 0.005200368817895651, -0.02685915119946003,
  0.11283691227436066, -0.37612634897232056, 0.12837916612625122,
];
const ERF_SPLIT = 0.92;
/** ln(1 − erf x) for `ERF_SPLIT` ≤ x ≤ 4, where erf x is 1. */
const LOG_ERFC = [
  1.6435697034467012e-6, -4.6177912736311555e-5, 0.0005977434921078384, -0.00476357527077198,
  0.026431018486618996, -0.11009448021650314, -0.6318145394325256, -1.1302375793457031,
  0.00032044152612797916,
];

/** ln 2 in two parts: a whole number below 2^15 times the first has no rounding error. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -0.00021219444005469057;
/** Of what is added to it only the whole number is left, in its last bits. */
const ROUNDER = 1.5 * 2 ** 23;
/** The bits of 1 and of √½. */
const ONE = 0x3f800000;
const SQRT_HALF = 0x3f3504f3;

/** Where the constants lie, in every memory. */
const constants: Map<number, number> = new Map();

/** A number in all lanes: reading it is one instruction, while one that is part of the code takes four. */
function constant(value: number): Code {
  let at = constants.get(value);
  if (at === undefined) {
    at = 16 * (1 + constants.size);
    if (at + 16 > CONSTANTS_END) return f32x4.const(value);
    for (const { float32 } of [engine, workbench]) float32.fill(value, at / 4, at / 4 + 4);
    constants.set(value, at);
  }
  return v128.load(i32.const(at));
}

const bits = (value: number): Code => i32x4.splat(i32.const(value));
const shifted = (shift: typeof i32x4.shl, value: Code, by: number): Code => shift(value, i32.const(by));

/** Code that computes vectors, each of which is kept in a local variable, so that it may be used many times. */
export class VectorCode {
  readonly #function: FunctionBuilder;
  readonly #statements: Code[] = [];

  constructor(f: FunctionBuilder) {
    this.#function = f;
  }

  /** What sets the variables. */
  get statements(): Code {
    return this.#statements.flat();
  }

  keep(value: Code): Code {
    const local = this.#function.local("v128");
    this.#statements.push(local.set(value));
    return local.get;
  }

  /** At most 1 ulp off. */
  exp(x: Code): Code {
    const { n, r, more } = this.#reducedExp(this.#between(x, -104, 89));
    const y = this.keep(f32x4.add(constant(1), f32x4.add(r, more)));
    // In two steps, so that neither power of 2 is too large or too small.
    const half = this.keep(shifted(i32x4.shrS, n, 1));
    return this.keep(f32x4.mul(f32x4.mul(y, powerOf2(half)), powerOf2(i32x4.sub(n, half))));
  }

  /** At most 1.5 ulp off. */
  expm1(x: Code): Code {
    const { n, r, more } = this.#reducedExp(this.#between(x, -20, 89));
    const p = this.keep(f32x4.add(r, more));
    const scale = this.keep(powerOf2(i32x4.sub(n, bits(1))));
    const half = this.#fused(p, scale, f32x4.sub(scale, constant(0.5)));
    return this.#withSign(x, v128.bitselect(p, f32x4.add(half, half), i32x4.eq(n, bits(0))));
  }

  /** At most 1 ulp off. */
  log(x: Code): Code {
    const isSubnormal = this.keep(f32x4.lt(x, constant(2 ** -126)));
    const normal = this.keep(v128.bitselect(f32x4.mul(x, constant(2 ** 23)), x, isSubnormal));
    const { exponent, fraction } = this.#parts(normal);
    const k = f32x4.sub(f32x4.fromI32x4(exponent), v128.and(constant(23), isSubnormal));
    return this.#definedFrom(x, constant(0), x, this.#logOf(fraction, this.keep(k), constant(0)));
  }

  /** At most 2.1 ulp off. */
  log1p(x: Code): Code {
    const u = this.keep(f32x4.add(constant(1), x));
    const { exponent, fraction } = this.#parts(u);
    const k = this.keep(f32x4.fromI32x4(exponent));
    const isNear = this.keep(f32x4.eq(k, constant(0)));
    // What 1 + x has lost by rounding, as a part of it.
    const lost = v128.bitselect(
      f32x4.sub(constant(1), f32x4.sub(u, x)),
      f32x4.sub(x, f32x4.sub(u, constant(1))),
      f32x4.gt(k, constant(0)),
    );
    const part = this.keep(v128.andNot(f32x4.div(lost, u), isNear));
    const f = this.keep(v128.bitselect(x, fraction, isNear));
    return this.#withSign(x, this.#definedFrom(u, constant(0), x, this.#logOf(f, k, part)));
  }

  /** At most 2.4 ulp off. */
  tanh(x: Code): Code {
    const size = this.keep(f32x4.abs(x));
    // (e^2x − 1) / (e^2x + 1), which is 1 from x = 10 on.
    const { n, r, more } = this.#reducedExp(this.keep(f32x4.pmin(f32x4.add(size, size), constant(20))));
    const scale = this.keep(powerOf2(n));
    const growth = this.#fused(f32x4.add(r, more), scale, f32x4.sub(scale, constant(1)));
    return this.#withSign(x, f32x4.div(growth, f32x4.add(growth, constant(2))));
  }

  /** At most 1.5 ulp off. */
  erf(x: Code): Code {
    const size = this.keep(f32x4.abs(x));
    const near = this.#fused(this.#polynomial(ERF, this.keep(f32x4.mul(x, x))), x, x);
    const exponent = this.#polynomial(LOG_ERFC, this.keep(f32x4.pmin(size, constant(4))));
    const far = f32x4.sub(constant(1), this.exp(exponent));
    return this.#withSign(x, v128.bitselect(near, far, f32x4.lt(size, constant(ERF_SPLIT))));
  }

  /** x = n·ln 2 + r, and e^r = 1 + r + more. */
  #reducedExp(x: Code): { n: Code; r: Code; more: Code } {
    const shiftedUp = this.#fused(x, constant(Math.LOG2E), constant(ROUNDER));
    const n = this.keep(f32x4.sub(shiftedUp, constant(ROUNDER)));
    const coarse = this.#fused(n, constant(-LN2_HIGH), x);
    const r = this.#fused(n, constant(-LN2_LOW), coarse);
    const more = this.keep(f32x4.mul(this.keep(f32x4.mul(r, r)), this.#polynomial(EXP, r)));
    return { n: this.keep(i32x4.sub(shiftedUp, constant(ROUNDER))), r, more };
  }

  /** x = (1 + fraction)·2^exponent. */
  #parts(x: Code): { exponent: Code; fraction: Code } {
    const exponent = this.keep(shifted(i32x4.shrS, i32x4.sub(x, bits(SQRT_HALF)), 23));
    const mantissa = i32x4.sub(x, shifted(i32x4.shl, exponent, 23));
    return { exponent, fraction: this.keep(f32x4.sub(mantissa, constant(1))) };
  }

  /** ln(1 + f) + k·ln 2 + c. */
  #logOf(f: Code, k: Code, c: Code): Code {
    const square = this.keep(f32x4.mul(f, f));
    const small = this.#fused(k, constant(LN2_LOW), c);
    const cubic = this.#fused(this.#polynomial(LOG, f), this.keep(f32x4.mul(square, f)), small);
    const rest = this.#fused(square, constant(-0.5), cubic);
    return this.#fused(k, constant(LN2_HIGH), f32x4.add(f, rest));
  }

  /** A logarithm where `at` is positive and finite, −∞ at `zero`, NaN below it; ∞ and NaN of `x` stay what they are. */
  #definedFrom(at: Code, zero: Code, x: Code, value: Code): Code {
    const finite = this.keep(v128.bitselect(value, x, f32x4.lt(x, constant(Infinity))));
    const below = v128.bitselect(constant(NaN), finite, f32x4.lt(at, zero));
    return this.keep(v128.bitselect(constant(-Infinity), below, f32x4.eq(at, zero)));
  }

  /** NaN stays NaN. */
  #between(x: Code, low: number, high: number): Code {
    return this.keep(f32x4.pmin(f32x4.pmax(x, constant(low)), constant(high)));
  }

  /** `value` with the sign of x, that of zero included. */
  #withSign(x: Code, value: Code): Code {
    return this.keep(v128.bitselect(x, value, bits(-(2 ** 31))));
  }

  /** a·b + c, rounded once where the machine can. */
  #fused(a: Code, b: Code, c: Code): Code {
    return this.keep(features.fma ? relaxedMadd.f32x4(a, b, c) : f32x4.add(c, f32x4.mul(a, b)));
  }

  #polynomial([first, ...others]: readonly number[], x: Code): Code {
    return others.reduce((sum, coefficient) => this.#fused(sum, x, constant(coefficient)), constant(first));
  }
}

/** 2 to the power of whole numbers from −126 to 127. */
function powerOf2(n: Code): Code {
  return shifted(i32x4.shl, i32x4.add(n, bits(ONE >> 23)), 23);
}
