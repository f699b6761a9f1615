import { resolve } from "node:path";
import { ServerConnection } from "@jupyterlab/services";
import { KernelHost } from "./kernel-host.js";
import { kernelRoutes } from "./kernel-routes.js";
import { kernelSocketClass } from "./kernel-socket.js";
import { respond } from "./rest.js";
import { defaultLimits, type KernelLimits } from "./running-kernel.js";

/** A Jupyter Server within this process, for clients within this process: it listens on no port. */
export interface EmbeddedServer {
  /** What @jupyterlab/services needs to talk to it. */
  readonly settings: ServerConnection.ISettings;
  /** Shuts all kernels down. */
  close(): Promise<void>;
}

/** @param root The folder that paths of notebooks are relative to. */
export function embeddedServer(root: string, limits: Partial<KernelLimits> = {}): EmbeddedServer {
  // A notebook that is run by a program is nobody's typing: its cells are not kept in the user's history.
  const host = new KernelHost({ ...defaultLimits, ...limits }, { OPTIMLAB_HISTORY: "" });
  const routes = kernelRoutes(host, resolve(root));
  const settings = ServerConnection.makeSettings({
    // A name that no network resolves: nothing can leave the process by mistake.
    baseUrl: "http://optimlab.invalid/",
    wsUrl: "ws://optimlab.invalid/",
    token: "",
    fetch: (input, init) => respond(routes, new Request(input, init)),
    Request,
    Headers,
    WebSocket: kernelSocketClass(host),
  });
  return { settings, close: () => host.shutdownAll() };
}
