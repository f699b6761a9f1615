import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Upgrade } from "./http-server.js";
import type { KernelConnection, KernelConnections } from "./kernel-connections.js";
import type { KernelHost } from "./kernel-host.js";
import { Refusal } from "./route.js";
import { decode, encode, type Subprotocol, v1Subprotocol } from "./websocket-codec.js";

/** Bytes of one message. */
const largestMessage = 256 << 20;
/** Bytes that may wait for a client that does not take them. */
const largestBacklog = 512 << 20;
/** Milliseconds between two questions whether a client is there; it is not if it has not answered the one before. */
const pingInterval = 30_000;
/** Close code of RFC 6455, section 7.4.1: the data is not as agreed. */
const invalidData = 1007;

/** The websockets of Jupyter Server: to a kernel's channels, and for the server's own events, of which there are none. */
export function websockets(host: KernelHost, connections: KernelConnections): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    handleProtocols: (offered) => (offered.has(v1Subprotocol) ? v1Subprotocol : false),
  });
  server.on("connection", watch);
  return async (request, socket, head) => {
    const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
    if (!/^websocket$/i.test(request.headers.upgrade ?? ""))
      throw new Refusal(400, "only websockets are upgraded to");
    const open = (use: (client: WebSocket) => void) =>
      server.handleUpgrade(request, socket, head, (client) => {
        // A client that breaks the protocol is told so and ended by ws.
        client.on("error", () => {});
        use(client);
        server.emit("connection", client, request);
      });
    if (pathname === "/api/events/subscribe") return open(() => {});
    const [, id = ""] = /^\/api\/kernels\/([^/]+)\/channels$/.exec(pathname) ?? [];
    const kernel = host.get(id);
    if (kernel === undefined) throw new Refusal(404, `there is no running kernel at ${pathname}`);
    const name = searchParams.get("session_id") || randomUUID();
    // Opened once nothing that the kernel says can be missed.
    const connection = await connections.connect(kernel, name).catch((error: Error) => {
      throw new Refusal(503, error.message);
    });
    if (socket.destroyed) {
      const gone = () => {};
      connection.attach(() => {}, gone);
      return connection.detach(gone);
    }
    open((client) => serve(client, connection));
  };
}

function serve(client: WebSocket, connection: KernelConnection): void {
  client.binaryType = "arraybuffer";
  const protocol = client.protocol as Subprotocol;
  const interrupt = () => client.close();
  client.on("message", (data: RawData, isBinary: boolean) => {
    try {
      const bytes = data as ArrayBuffer;
      connection.send(decode(isBinary ? bytes : Buffer.from(bytes).toString(), protocol));
    } catch (error) {
      client.close(invalidData, (error as Error).message.slice(0, 100));
    }
  });
  client.on("close", () => connection.detach(interrupt));
  connection.attach((message) => {
    if (client.bufferedAmount > largestBacklog) return client.terminate();
    client.send(encode(message, protocol));
  }, interrupt);
}

/** Ends a client whose machine has gone without a word. */
function watch(client: WebSocket, _: IncomingMessage): void {
  let isThere = true;
  client.on("pong", () => {
    isThere = true;
  });
  const timer = setInterval(() => {
    if (!isThere) return client.terminate();
    isThere = false;
    client.ping();
  }, pingInterval).unref();
  client.on("close", () => clearInterval(timer));
}
