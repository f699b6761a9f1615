/** A safetensors file from its header and data, made as the format's description says. */
export function file(header: string | Uint8Array, data: ArrayLike<number> = []): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  return withLength(BigInt(text.length), [...text, ...Array.from(data)]);
}

/** The same with any number for the length of the header. */
export function withLength(length: bigint, rest: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(8 + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(Array.from(rest), 8);
  return bytes;
}
