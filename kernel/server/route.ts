/** Answers one kind of request. The parameters are what the route's pattern captures, decoded. */
export type Handler = (request: Request, ...parameters: string[]) => Response | Promise<Response>;

/** Patterns of paths, and what answers each method there. The first that matches counts. */
export type Routes = readonly (readonly [pattern: RegExp, methods: Readonly<Record<string, Handler>>])[];

/** A request that is answered with an error's status and a sentence for the person who made it. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An error as Jupyter Server says it, which JupyterLab shows in a dialog. */
export function failure(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ message, reason: null }, { status, headers });
}

/** No more than this can be text in V8, with room for what JSON puts around it. */
export const largestBody = 500_000_000;

/**
 * The JSON object in a request's body; `{}` if the body is empty.
 * @throws Refusal If it is no JSON object, or larger than `limit` bytes.
 */
export async function jsonBody(
  request: Request,
  limit: number = largestBody,
): Promise<Record<string, unknown>> {
  const text = (await body(request, limit)).toString();
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw new Refusal(400, "the request's body is not a JSON object");
}

async function body(request: Request, limit: number): Promise<Buffer> {
  const tooLarge = new Refusal(413, `the request's body is larger than ${Math.floor(limit / 1e6)} MB`);
  if (Number(request.headers.get("content-length")) > limit) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
