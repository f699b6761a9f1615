import { failure, Refusal, type Routes } from "./route.js";

/**
 * Answers one request of Jupyter Server's REST interface. Requests and responses are the web's own, so that this serves
 * a `fetch` within the process and an HTTP server alike.
 */
export async function respond(routes: Routes, request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  for (const [pattern, methods] of routes) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const handler = methods[request.method === "HEAD" ? "GET" : request.method];
    if (handler === undefined) {
      const allow = Object.keys(methods).join(", ");
      return failure(405, `${request.method} is not for ${path}; there is ${allow}`, { allow });
    }
    try {
      return await handler(request, ...match.slice(1).map((captured = "") => decoded(captured)));
    } catch (error) {
      return failureOf(error);
    }
  }
  return failure(404, `there is nothing at ${path}`);
}

/** A path of a URL, with its escapes read name by name: a slash within a name is none between two. */
function decoded(path: string): string {
  try {
    const names = path.split("/").map(decodeURIComponent);
    if (names.some((name) => name.includes("/")))
      throw new Refusal(400, `a name in ${path} has a slash in it`);
    return names.join("/");
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, `${path} is not a path in UTF-8 with escapes`);
  }
}

function failureOf(error: unknown): Response {
  if (error instanceof Refusal) return failure(error.status, error.message);
  const { code, syscall } = error as NodeJS.ErrnoException;
  // The message would name a path of this machine.
  if (syscall?.startsWith("spawn") === false) return failure(500, `the system refuses: ${syscall} ${code}`);
  return failure(500, error instanceof Error ? error.message : String(error));
}
