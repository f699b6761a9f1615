import { randomUUID } from "node:crypto";
import { kernelName } from "../kernelspec.js";
import type { KernelHost } from "./kernel-host.js";
import { startKernel } from "./kernel-routes.js";
import { jsonBody, Refusal, type Routes } from "./route.js";
import type { RunningKernel } from "./running-kernel.js";

/** A notebook or console, and the kernel that it uses. */
interface Session {
  readonly id: string;
  path: string;
  name: string;
  type: string;
  kernel: RunningKernel;
}

/**
 * Jupyter Server's REST interface about sessions.
 * @param root The folder that paths in requests are relative to.
 */
export function sessionRoutes(host: KernelHost, root: string): Routes {
  const sessions = new Map<string, Session>();
  /** Those whose kernel has not been shut down. */
  const running = () => {
    for (const { id, kernel } of sessions.values())
      if (host.get(kernel.id) === undefined) sessions.delete(id);
    return [...sessions.values()];
  };
  const sessionOf = (id: string): Session => {
    const session = running().find((session) => session.id === id);
    if (session === undefined) throw new Refusal(404, `there is no session ${id}`);
    return session;
  };
  /** The kernel that a request names, by id or by the name of a kernelspec. */
  const kernelFor = async (wanted: unknown, path: string): Promise<RunningKernel> => {
    const { id, name } = (wanted ?? {}) as Record<string, unknown>;
    if (id === undefined || id === null) return startKernel(host, root, name ?? kernelName, path);
    const kernel = host.get(String(id));
    if (kernel === undefined) throw new Refusal(400, `there is no running kernel ${id}`);
    return kernel;
  };
  /** Sessions whose kernel is being started, by path: a second request waits for the first. */
  const starting = new Map<string, Promise<Session>>();
  const create = async (path: string, { name, type, kernel }: Record<string, unknown>): Promise<Session> => {
    const session = {
      id: randomUUID(),
      path,
      name: text("name", name ?? ""),
      type: text("type", type),
      kernel: await kernelFor(kernel, path),
    };
    sessions.set(session.id, session);
    return session;
  };
  return [
    [
      /^\/api\/sessions$/,
      {
        GET: () => Response.json(running().map(modelOf)),
        POST: async (request) => {
          const wanted = await jsonBody(request);
          const path = text("path", wanted.path);
          const session =
            running().find((session) => session.path === path) ??
            (await (starting.get(path) ?? once(starting, path, create(path, wanted))));
          const headers = { location: `/api/sessions/${session.id}` };
          return Response.json(modelOf(session), { status: 201, headers });
        },
      },
    ],
    [
      /^\/api\/sessions\/([^/]+)$/,
      {
        GET: (_, id) => Response.json(modelOf(sessionOf(id!))),
        PATCH: async (request, id) => {
          const { path, name, type, kernel } = await jsonBody(request);
          const session = sessionOf(id!);
          const changes = {
            ...(path === undefined ? {} : { path: text("path", path) }),
            ...(name === undefined ? {} : { name: text("name", name) }),
            ...(type === undefined ? {} : { type: text("type", type) }),
          };
          const before = session.kernel;
          if (kernel !== undefined && kernel !== null) session.kernel = await kernelFor(kernel, session.path);
          Object.assign(session, changes);
          if (session.kernel !== before && !running().some(({ kernel }) => kernel === before))
            await host.shutdown(before);
          return Response.json(modelOf(session));
        },
        DELETE: async (_, id) => {
          const { kernel } = sessionOf(id!);
          sessions.delete(id!);
          await host.shutdown(kernel);
          return new Response(null, { status: 204 });
        },
      },
    ],
  ];
}

function modelOf({ kernel, ...session }: Session): object {
  return { ...session, kernel: kernel.model };
}

function text(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new Refusal(400, `${name} of a session is ${JSON.stringify(value)}; expected a text`);
}

async function once<T>(running: Map<string, Promise<T>>, key: string, work: Promise<T>): Promise<T> {
  running.set(key, work);
  try {
    return await work;
  } finally {
    running.delete(key);
  }
}
