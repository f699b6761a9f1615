import type { KernelChannels } from "./kernel-channels.js";
import type { KernelHost } from "./kernel-host.js";
import { decode, encode, type Subprotocol, v1Subprotocol } from "./websocket-codec.js";

interface SocketEvents {
  onopen: ((event: { type: "open" }) => void) | null;
  onmessage: ((event: { type: "message"; data: string | ArrayBuffer }) => void) | null;
  onerror: ((event: { type: "error"; message: string }) => void) | null;
  onclose: ((event: { type: "close"; code: number; reason: string; wasClean: boolean }) => void) | null;
}

/** Close codes of RFC 6455, section 7.4.1. */
const closeCode = { normal: 1000, invalidData: 1007, internalError: 1011 } as const;

/**
 * The WebSocket class for clients within this process: what a browser's WebSocket at `/api/kernels/{id}/channels` would
 * be, without a network in between.
 */
export function kernelSocketClass(host: KernelHost): typeof WebSocket {
  class KernelSocket implements SocketEvents {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly url: string;
    readonly protocol: Subprotocol;
    binaryType = "arraybuffer";
    readyState: number = KernelSocket.CONNECTING;
    onopen: SocketEvents["onopen"] = null;
    onmessage: SocketEvents["onmessage"] = null;
    onerror: SocketEvents["onerror"] = null;
    onclose: SocketEvents["onclose"] = null;
    #disconnect: () => void = () => {};
    #channels: KernelChannels | undefined;

    constructor(url: string | URL, protocols: string | readonly string[] = []) {
      this.url = String(url);
      this.protocol = [protocols].flat().includes(v1Subprotocol) ? v1Subprotocol : "";
      void this.#open();
    }

    send(data: string | ArrayBuffer): void {
      if (this.readyState === KernelSocket.CONNECTING) throw new Error("send: the socket is not open yet");
      try {
        this.#channels?.send(decode(data, this.protocol));
      } catch (error) {
        this.#end(closeCode.invalidData, (error as Error).message);
      }
    }

    close(code: number = closeCode.normal, reason = ""): void {
      this.#end(code, reason);
    }

    async #open(): Promise<void> {
      // Whoever constructs the socket sets its handlers first.
      await Promise.resolve();
      try {
        const id = /^\/api\/kernels\/([^/]+)\/channels$/.exec(new URL(this.url).pathname)?.[1];
        const kernel = host.get(id ?? "");
        if (kernel === undefined) throw new Error(`there is no running kernel at ${this.url}`);
        const channels = await kernel.connect((message) => {
          if (this.readyState === KernelSocket.OPEN) {
            this.onmessage?.({ type: "message", data: encode(message, this.protocol) });
          }
        });
        this.#disconnect = () => kernel.disconnect(channels);
        // Closed by the client before it was open.
        if (this.readyState !== KernelSocket.CONNECTING) return this.#disconnect();
        this.#channels = channels;
        this.readyState = KernelSocket.OPEN;
        this.onopen?.({ type: "open" });
      } catch (error) {
        if (this.readyState !== KernelSocket.CONNECTING) return;
        const { message } = error as Error;
        this.onerror?.({ type: "error", message });
        this.#end(closeCode.internalError, message);
      }
    }

    #end(code: number, reason: string): void {
      if (this.readyState >= KernelSocket.CLOSING) return;
      this.readyState = KernelSocket.CLOSED;
      this.#channels = undefined;
      this.#disconnect();
      this.onclose?.({ type: "close", code, reason, wasClean: code === closeCode.normal });
    }
  }
  return KernelSocket as unknown as typeof WebSocket;
}
