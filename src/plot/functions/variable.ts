/** What a formula does to its variables: tensors can, and so can {@link Dual}. */
export interface Variable<Self> {
  add(other: Self | number): Self;
  sub(other: Self | number): Self;
  mul(other: Self | number): Self;
  square(): Self;
  abs(): Self;
  exp(): Self;
  log(): Self;
  cos(): Self;
  tanh(): Self;
}

/** A number together with its derivatives by x and by y: forward-mode differentiation. */
export class Dual implements Variable<Dual> {
  readonly value: number;
  readonly dx: number;
  readonly dy: number;

  constructor(value: number, dx = 0, dy = 0) {
    this.value = value;
    this.dx = dx;
    this.dy = dy;
  }

  add(other: Dual | number): Dual {
    if (typeof other === "number") return new Dual(this.value + other, this.dx, this.dy);
    return new Dual(this.value + other.value, this.dx + other.dx, this.dy + other.dy);
  }

  sub(other: Dual | number): Dual {
    if (typeof other === "number") return new Dual(this.value - other, this.dx, this.dy);
    return new Dual(this.value - other.value, this.dx - other.dx, this.dy - other.dy);
  }

  mul(other: Dual | number): Dual {
    if (typeof other === "number") return this.#chain(this.value * other, other);
    const { value, dx, dy } = other;
    return new Dual(this.value * value, this.dx * value + this.value * dx, this.dy * value + this.value * dy);
  }

  square(): Dual {
    return this.#chain(this.value * this.value, 2 * this.value);
  }

  abs(): Dual {
    return this.#chain(Math.abs(this.value), Math.sign(this.value));
  }

  exp(): Dual {
    const value = Math.exp(this.value);
    return this.#chain(value, value);
  }

  log(): Dual {
    return this.#chain(Math.log(this.value), 1 / this.value);
  }

  cos(): Dual {
    return this.#chain(Math.cos(this.value), -Math.sin(this.value));
  }

  tanh(): Dual {
    const value = Math.tanh(this.value);
    return this.#chain(value, 1 - value * value);
  }

  #chain(value: number, slope: number): Dual {
    return new Dual(value, this.dx * slope, this.dy * slope);
  }
}
