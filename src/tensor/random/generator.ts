const STATE_WORDS = 624;
const SHIFT_WORDS = 397;
const MATRIX_A = 0x9908b0df;

/** What `initialSeed()` gives before anyone has seeded: the Mersenne Twister's own default, 5489. */
const DEFAULT_SEED = 5489;

/** The byte layout of PyTorch's `Generator.get_state()` on the CPU (CPUGeneratorImplState, little-endian). */
const LAYOUT = {
  size: 5056,
  initialSeed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  normalValue: 5024,
  normalIsCached: 5040,
} as const;

/**
 * PyTorch's CPU random number generator: the same seed gives the same numbers, bit for bit.
 *
 * The engine is the Mersenne Twister mt19937 (Matsumoto & Nishimura, 1998) as in
 * ATen/core/MT19937RNGEngine.h. Only the low 32 bits of a seed enter it; `initialSeed()` keeps all 64.
 */
export class Generator {
  readonly #words: Uint32Array = new Uint32Array(STATE_WORDS);
  #initialSeed = 0n;
  /** Engine outputs until the next twist, counted as PyTorch counts them: 1 means that the next draw twists. */
  #left = 1;
  #next = 0;
  /** The second value of a Box–Muller pair, kept for the next call of `normal()`; survives every other draw. */
  #cachedNormal: number | null = null;

  constructor(seed: number | bigint = DEFAULT_SEED) {
    this.manualSeed(seed);
  }

  /**
   * Starts the sequence that belongs to `seed`, an integer from −2⁶³ to 2⁶⁴ − 1. A negative seed stands for
   * 2⁶⁴ + seed. From 2⁵³ on a number is not exact: pass a bigint.
   */
  manualSeed(seed: number | bigint): this {
    const value = checkSeed(seed);
    this.#initialSeed = BigInt.asUintN(64, value);
    this.#cachedNormal = null;
    const words = this.#words;
    words[0] = Number(BigInt.asUintN(32, value));
    for (let j = 1; j < STATE_WORDS; j++) {
      const previous = words[j - 1]! ^ (words[j - 1]! >>> 30);
      words[j] = Math.imul(1812433253, previous) + j;
    }
    this.#left = 1;
    this.#next = 0;
    return this;
  }

  /** Seeds with a number that nobody can foresee, and returns that number. */
  seed(): bigint {
    const [high, low] = globalThis.crypto.getRandomValues(new Uint32Array(2));
    this.manualSeed((BigInt(high!) << 32n) | BigInt(low!));
    return this.#initialSeed;
  }

  /** The seed that this generator was last given, as the unsigned 64-bit integer that it stands for. */
  initialSeed(): bigint {
    return this.#initialSeed;
  }

  /** The next engine output: an integer from 0 to 2³² − 1. */
  random32(): number {
    if (--this.#left === 0) this.#twist();
    let y = this.#words[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** An integer from 0 to 2⁶⁴ − 1: the first engine output is its high half, the second its low half. */
  random64(): bigint {
    const high = this.random32();
    const low = this.random32();
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A multiple of 2⁻²⁴ in [0, 1), from one engine output: what PyTorch calls uniform for float32. */
  unitFloat32(): number {
    return (this.random32() & 0xffffff) * 2 ** -24;
  }

  /** A multiple of 2⁻⁵³ in [0, 1), from two engine outputs: what PyTorch calls uniform for float64. */
  unitFloat64(): number {
    const high = this.random32() & 0x1fffff;
    return (high * 2 ** 32 + this.random32()) * 2 ** -53;
  }

  /**
   * A standard normal value in float64 (Box–Muller, at::normal_distribution): every second call returns the
   * value that the call before it has kept.
   */
  normal(): number {
    if (this.#cachedNormal !== null) {
      const cached = this.#cachedNormal;
      this.#cachedNormal = null;
      return cached;
    }
    const u1 = this.unitFloat64();
    const u2 = this.unitFloat64();
    const radius = Math.sqrt(-2 * Math.log(1 - u2));
    const theta = 2 * Math.PI * u1;
    this.#cachedNormal = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }

  /** The whole state as bytes, in PyTorch's own layout: `torch.set_rng_state` accepts them, and `setState` PyTorch's. */
  getState(): Uint8Array {
    const bytes = new Uint8Array(LAYOUT.size);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(LAYOUT.initialSeed, this.#initialSeed, true);
    view.setInt32(LAYOUT.left, this.#left, true);
    view.setInt32(LAYOUT.seeded, 1, true);
    view.setBigUint64(LAYOUT.next, BigInt(this.#next), true);
    for (let j = 0; j < STATE_WORDS; j++) {
      view.setBigUint64(LAYOUT.words + 8 * j, BigInt(this.#words[j]!), true);
    }
    if (this.#cachedNormal !== null) {
      view.setFloat64(LAYOUT.normalValue, this.#cachedNormal, true);
      view.setInt32(LAYOUT.normalIsCached, 1, true);
    }
    return bytes;
  }

  /** Continues from a state that `getState` (here or in PyTorch) has given; bytes that are none change nothing. */
  setState(state: Uint8Array): this {
    if (state.length !== LAYOUT.size) {
      throw new RangeError(`setState: the random state has ${state.length} bytes, expected ${LAYOUT.size}`);
    }
    const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
    const left = view.getInt32(LAYOUT.left, true);
    const next = Number(view.getBigUint64(LAYOUT.next, true));
    const justSeeded = left === 1 && next === 0;
    if (!justSeeded && (left < 1 || left > STATE_WORDS || left + next !== STATE_WORDS + 1)) {
      throw new RangeError(
        `setState: not a state of the Mersenne Twister (left ${left}, next ${next}; expected left + next = ${STATE_WORDS + 1})`,
      );
    }
    for (let j = 0; j < STATE_WORDS; j++) {
      this.#words[j] = view.getUint32(LAYOUT.words + 8 * j, true);
    }
    this.#initialSeed = view.getBigUint64(LAYOUT.initialSeed, true);
    this.#left = left;
    this.#next = next;
    const isCached = view.getInt32(LAYOUT.normalIsCached, true) !== 0;
    this.#cachedNormal = isCached ? view.getFloat64(LAYOUT.normalValue, true) : null;
    return this;
  }

  #twist(): void {
    const words = this.#words;
    // Three loops and a last word, because an index modulo 624 would cost more than the mixing itself.
    let k = 0;
    for (; k < STATE_WORDS - SHIFT_WORDS; k++) {
      words[k] = words[k + SHIFT_WORDS]! ^ mix(words[k]!, words[k + 1]!);
    }
    for (; k < STATE_WORDS - 1; k++) {
      words[k] = words[k + SHIFT_WORDS - STATE_WORDS]! ^ mix(words[k]!, words[k + 1]!);
    }
    words[k] = words[SHIFT_WORDS - 1]! ^ mix(words[k]!, words[0]!);
    this.#left = STATE_WORDS;
    this.#next = 0;
  }
}

function mix(current: number, following: number): number {
  const joined = (current & 0x80000000) | (following & 0x7fffffff);
  return (joined >>> 1) ^ (-(following & 1) & MATRIX_A);
}

function checkSeed(seed: number | bigint): bigint {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    const advice = Number.isInteger(seed)
      ? "a number is exact only below 2^53; pass a bigint"
      : "expected an integer";
    throw new RangeError(`manualSeed: ${seed} is not a seed: ${advice}`);
  }
  if (typeof seed !== "number" && typeof seed !== "bigint") {
    throw new TypeError(`manualSeed: ${String(seed)} is not a seed: expected an integer (number or bigint)`);
  }
  const value = BigInt(seed);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) {
    throw new RangeError(`manualSeed: ${seed} is not a seed: expected an integer from -2^63 to 2^64 - 1`);
  }
  return value;
}
