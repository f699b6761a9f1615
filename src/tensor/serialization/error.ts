/** The bytes are not a valid safetensors file, or hold what cannot be read here. */
export class SafetensorsError extends Error {
  override readonly name: string = "SafetensorsError";
}
