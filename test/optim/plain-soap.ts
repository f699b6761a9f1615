/**
 * SOAP in plain loops over float64 numbers, after algorithms 3 and 4 of Vyas et al. 2024 and apart from everything in
 * src. Unlike there, M is kept as the paper has it, in the coordinates of the parameter.
 */
type Matrix = number[][];

interface Options {
  lr: number;
  betas: [number, number];
  shampooBeta: number;
  eps: number;
  weightDecay: number;
  preconditionFrequency: number;
  normalizeGrads?: boolean;
  correctBias?: boolean;
}

export function plainSOAP(
  shape: readonly number[],
  rotates: readonly boolean[],
  o: Options,
): (θ: number[], g: readonly number[]) => void {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, size) => product * size, 1));
  const count = shape.reduce((product, size) => product * size, 1);
  const [β1, β2] = o.betas;
  const β3 = o.shampooBeta >= 0 ? o.shampooBeta : β2;
  const dims = [...shape.keys()].filter((d) => rotates[d]);
  const products: Matrix[] = shape.map((n) => square(n, () => 0));
  let bases: Matrix[] = [];
  const M = new Array<number>(count).fill(0);
  let V = new Array<number>(count).fill(0);
  let t = -1;

  const place = (index: number, d: number): number => Math.floor(index / strides[d]) % shape[d];
  /** Σⱼ x[…, j, …]·Q[j][i] for each dimension d, with i in place d; or Q[i][j]. */
  const turn = (x: readonly number[], back: boolean): number[] => {
    let result = [...x];
    for (const d of dims)
      result = result.map((_, index) => {
        const i = place(index, d);
        let sum = 0;
        for (let j = 0; j < shape[d]; j++)
          sum += result[index + (j - i) * strides[d]] * (back ? bases[d][i][j] : bases[d][j][i]);
        return sum;
      });
    return result;
  };
  const takeIn = (g: readonly number[]): void => {
    for (const d of dims) {
      const outer = square(shape[d], () => 0);
      for (const [index, value] of g.entries())
        for (let j = 0; j < shape[d]; j++)
          outer[place(index, d)][j] += value * g[index + (j - place(index, d)) * strides[d]];
      products[d] = square(shape[d], (i, j) => β3 * products[d][i][j] + (1 - β3) * outer[i][j]);
    }
  };

  return (θ, g) => {
    t++;
    if (t === 0) {
      takeIn(g);
      bases = products.map((P, d) => (rotates[d] ? jacobi(P) : []));
      return;
    }
    const rotated = turn(g, false);
    for (let i = 0; i < count; i++) {
      M[i] = β1 * M[i] + (1 - β1) * g[i];
      V[i] = β2 * V[i] + (1 - β2) * rotated[i] ** 2;
    }
    let N = turn(
      turn(M, false).map((value, i) => value / (Math.sqrt(V[i]) + o.eps)),
      true,
    );
    if (o.normalizeGrads) {
      const size = Math.sqrt(N.reduce((sum, value) => sum + value * value, 0) / count);
      N = N.map((value) => value / size);
    }
    const correction = (o.correctBias ?? true) ? Math.sqrt(1 - β2 ** t) / (1 - β1 ** t) : 1;
    for (let i = 0; i < count; i++) {
      θ[i] -= o.lr * correction * N[i];
      θ[i] -= o.lr * o.weightDecay * θ[i];
    }
    takeIn(g);
    if (t % o.preconditionFrequency !== 0) return;
    for (const d of dims) {
      const moved = multiply(products[d], bases[d]);
      const sizes = moved[0].map((_, k) => moved.reduce((sum, row, i) => sum + row[k] * bases[d][i][k], 0));
      const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]);
      V = V.map((_, index) => V[index + (order[place(index, d)] - place(index, d)) * strides[d]]);
      bases[d] = orthonormal(moved.map((row) => order.map((k) => row[k])));
    }
  };
}

const square = (n: number, entry: (i: number, j: number) => number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));

const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));

/** Eigenvectors in columns, the largest eigenvalue first, by Jacobi's rotations. */
function jacobi(matrix: Matrix): Matrix {
  const n = matrix.length;
  let A = matrix;
  let Q = square(n, (i, j) => Number(i === j));
  for (let sweep = 0; sweep < 40; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (A[p][q] === 0) continue;
        const angle = Math.atan2(2 * A[p][q], A[q][q] - A[p][p]) / 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const R = square(n, (i, j) => Number(i === j));
        [R[p][p], R[p][q], R[q][p], R[q][q]] = [c, s, -s, c];
        const transposed = square(n, (i, j) => R[j][i]);
        A = multiply(multiply(transposed, A), R);
        Q = multiply(Q, R);
      }
  const order = [...A.keys()].sort((a, b) => A[b][b] - A[a][a]);
  return Q.map((row) => order.map((k) => row[k]));
}

/** The columns made orthonormal from left to right (Gram–Schmidt, twice for the digits). */
function orthonormal(matrix: Matrix): Matrix {
  const columns: number[][] = [];
  for (const k of matrix[0].keys()) {
    let column = matrix.map((row) => row[k]);
    for (let round = 0; round < 2; round++)
      for (const other of columns) {
        const inner = other.reduce((sum, x, i) => sum + x * column[i], 0);
        column = column.map((x, i) => x - inner * other[i]);
      }
    const length = Math.hypot(...column);
    columns.push(column.map((x) => x / length));
  }
  return matrix.map((_, i) => columns.map((column) => column[i]));
}
