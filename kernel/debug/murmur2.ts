const MULTIPLIER = 0x5bd1e995;
const { imul } = Math;

function mix(k: number): number {
  k = imul(k, MULTIPLIER);
  return imul(k ^ (k >>> 24), MULTIPLIER);
}

/**
 * The 32-bit MurmurHash2 of a text's UTF-8 bytes, by which front ends and kernels name cells without telling each
 * other. Source: Austin Appleby's MurmurHash2, in the variant that reads four bytes in little-endian order.
 */
export function murmur2(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const whole = bytes.length & ~3;
  const view = new DataView(bytes.buffer);
  let hash = seed ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    hash = imul(hash, MULTIPLIER) ^ mix(view.getInt32(i, true));
  }
  if (whole < bytes.length) {
    for (let i = bytes.length - 1; i >= whole; i--) hash ^= bytes[i]! << (8 * (i - whole));
    hash = imul(hash, MULTIPLIER);
  }
  hash = imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}
