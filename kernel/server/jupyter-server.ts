import { resolve } from "node:path";
import { contentsRoutes } from "./contents/contents-routes.js";
import { type HttpOptions, type HttpServer, httpServer } from "./http-server.js";
import { type Keeping, KernelConnections } from "./kernel-connections.js";
import { KernelHost } from "./kernel-host.js";
import { kernelRoutes } from "./kernel-routes.js";
import { labRoutes } from "./lab/lab-routes.js";
import type { FrontEnd } from "./lab/page.js";
import { defaultLimits, type KernelLimits } from "./running-kernel.js";
import { sessionRoutes } from "./session-routes.js";
import { statusRoutes } from "./status-routes.js";
import { websockets } from "./websockets.js";

export interface ServerOptions extends HttpOptions {
  /** The folder whose notebooks are served. */
  readonly root: string;
  readonly frontEnd: FrontEnd;
  /** Folder for the settings and workspaces of the user; it need not exist. */
  readonly state: string;
  readonly limits?: Partial<KernelLimits>;
  readonly keeping?: Keeping;
  /** Milliseconds after which a kernel that nobody uses is shut down; never if 0. */
  readonly cullAfter?: number;
}

/** A server with kernels that it ends. */
export interface JupyterServer extends HttpServer {
  readonly host: KernelHost;
}

/** JupyterLab and Jupyter Server's interface on a port. */
export async function jupyterServer(options: ServerOptions): Promise<JupyterServer> {
  const { root, frontEnd, state, limits, keeping, cullAfter = 0 } = options;
  const host = new KernelHost({ ...defaultLimits, ...limits });
  const connections = new KernelConnections(keeping);
  const folder = resolve(root);
  const contents = contentsRoutes(folder);
  const routes = [
    ...contents.routes,
    ...kernelRoutes(host, folder),
    ...sessionRoutes(host, folder),
    ...statusRoutes(host),
    ...labRoutes(frontEnd, state),
  ];
  const server = await httpServer(routes, websockets(host, connections), options);
  const culling =
    cullAfter > 0
      ? setInterval(() => void host.cull(cullAfter), Math.min(cullAfter, 60_000)).unref()
      : undefined;
  return {
    ...server,
    host,
    async close() {
      clearInterval(culling);
      connections.end();
      await Promise.all([server.close(), contents.close(), host.shutdownAll()]);
    },
  };
}
