import { statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { kernelName } from "../kernelspec.js";
import type { KernelHost } from "./kernel-host.js";
import type { RunningKernel } from "./running-kernel.js";

/**
 * Answers one request of Jupyter Server's REST interface about kernels. Requests and responses are the web's own, so
 * that this serves a `fetch` within the process and an HTTP server alike.
 * @param root The folder that paths in requests are relative to.
 */
export async function respond(host: KernelHost, root: string, request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  for (const [pattern, methods] of routes) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const handler = methods[request.method];
    if (handler === undefined) {
      const allow = Object.keys(methods).join(", ");
      return failure(405, `${request.method} is not for ${path}; there is ${allow}`, { allow });
    }
    try {
      return await handler({ host, root, request, id: match[1] ?? "" });
    } catch (error) {
      if (error instanceof Refusal) return failure(error.status, error.message);
      return failure(500, error instanceof Error ? error.message : String(error));
    }
  }
  return failure(404, `there is nothing at ${path}`);
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Call {
  readonly host: KernelHost;
  readonly root: string;
  readonly request: Request;
  readonly id: string;
}

type Handler = (call: Call) => Response | Promise<Response>;

const routes: readonly (readonly [RegExp, Readonly<Record<string, Handler>>])[] = [
  [
    /^\/api\/kernelspecs$/,
    {
      GET: ({ host }) => {
        const kernelspecs = [...host.kernelspecs()].map(([name, spec]) => [
          name,
          { name, spec: { env: {}, metadata: {}, ...spec }, resources: {} },
        ]);
        return Response.json({ default: kernelName, kernelspecs: Object.fromEntries(kernelspecs) });
      },
    },
  ],
  [
    /^\/api\/kernels$/,
    {
      GET: ({ host }) => Response.json(host.running().map((kernel) => kernel.model)),
      POST: async ({ host, root, request }) => {
        const { name = kernelName, path = "" } = await body(request);
        if (typeof name !== "string" || typeof path !== "string") {
          throw new Refusal(400, "name and path of a kernel are texts");
        }
        if (!host.kernelspecs().has(name)) {
          throw new Refusal(
            400,
            `there is no kernel named ${name}; there are ${[...host.kernelspecs().keys()].join(", ")}`,
          );
        }
        const kernel = await host.start(name, workingDirectory(root, path));
        return Response.json(kernel.model, {
          status: 201,
          headers: { location: `/api/kernels/${kernel.id}` },
        });
      },
    },
  ],
  [
    /^\/api\/kernels\/([^/]+)$/,
    {
      GET: (call) => Response.json(kernelOf(call).model),
      DELETE: async (call) => {
        await call.host.shutdown(kernelOf(call));
        return new Response(null, { status: 204 });
      },
    },
  ],
  [
    /^\/api\/kernels\/([^/]+)\/interrupt$/,
    {
      POST: (call) => {
        kernelOf(call).interrupt();
        return new Response(null, { status: 204 });
      },
    },
  ],
  [
    /^\/api\/kernels\/([^/]+)\/restart$/,
    {
      POST: async (call) => {
        const kernel = kernelOf(call);
        await kernel.restart();
        return Response.json(kernel.model);
      },
    },
  ],
];

function kernelOf({ host, id }: Call): RunningKernel {
  const kernel = host.get(id);
  if (kernel === undefined) throw new Refusal(404, `there is no running kernel ${id}`);
  return kernel;
}

async function body(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
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

/** The folder of the notebook at `path`, or the nearest one above it that exists; never outside the root. */
function workingDirectory(root: string, path: string): string {
  let directory = resolve(root, path.replace(/^\/+/, ""));
  const outside = relative(root, directory);
  if (outside === ".." || outside.startsWith(`..${sep}`))
    throw new Refusal(400, `${path} is outside the server's folder`);
  while (directory !== root && !statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    directory = dirname(directory);
  return directory;
}

function failure(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ message, reason: null }, { status, headers });
}
