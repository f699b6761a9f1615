/**
 * PyTorch's name in this library: `log_softmax` → `logSoftmax`, `kaiming_normal_` → `kaimingNormal_`,
 * `LBFGS` → `LBFGS`. The same rule holds for keyword arguments.
 */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** An option object with the names of this library. */
export function camelCaseKeys(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
}
