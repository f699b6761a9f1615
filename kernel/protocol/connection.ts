import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

/** What a Jupyter connection file says: where the five sockets are bound and how messages are signed. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly shellPort: number;
  readonly iopubPort: number;
  readonly stdinPort: number;
  readonly controlPort: number;
  readonly heartbeatPort: number;
  /** Shared secret; the empty string switches signatures off. */
  readonly key: string;
  /** Digest of the HMAC in Node's spelling, e.g. `sha256`. */
  readonly digest: string;
}

/** A connection file that cannot be used; the message is one line that names the file and what is wrong. */
export class ConnectionFileError extends Error {
  override name = "ConnectionFileError";
}

/**
 * Reads and checks a Jupyter connection file.
 * @throws ConnectionFileError when the file is missing, no JSON, or lacks what a kernel needs.
 */
export function readConnectionFile(path: string): Connection {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConnectionFileError(
      code === "ENOENT"
        ? `connection file ${path} does not exist`
        : `connection file ${path} cannot be read (${code ?? String(error)})`,
    );
  }
  return parseConnection(text, path);
}

/** Checks the text of a connection file; `path` is only named in errors. */
export function parseConnection(text: string, path: string): Connection {
  const fail = (problem: string): never => {
    throw new ConnectionFileError(`connection file ${path}: ${problem}`);
  };
  let fields: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      return fail("must hold a JSON object");
    }
    fields = parsed as Record<string, unknown>;
  } catch (error) {
    if (error instanceof ConnectionFileError) throw error;
    return fail(`is not JSON (${(error as Error).message.replace(/\s+/g, " ")})`);
  }
  const string = (name: string, fallback?: string): string => {
    const value = fields[name] ?? fallback;
    return typeof value === "string" ? value : fail(`${name} must be a string, got ${JSON.stringify(value)}`);
  };
  const transport = string("transport", "tcp");
  if (transport !== "tcp" && transport !== "ipc") fail(`transport must be tcp or ipc, got "${transport}"`);
  const port = (name: string): number => {
    const value = fields[name];
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536) return value;
    return fail(`${name} must be a port number from 1 to 65535, got ${JSON.stringify(value)}`);
  };
  const scheme = string("signature_scheme", "hmac-sha256");
  const digest = scheme.replace(/^hmac-/, "");
  try {
    if (digest === scheme) throw new Error("no hmac");
    createHmac(digest, "");
  } catch {
    fail(`signature_scheme must be hmac-sha256 or another HMAC that Node knows, got "${scheme}"`);
  }
  return {
    transport,
    ip: string("ip"),
    shellPort: port("shell_port"),
    iopubPort: port("iopub_port"),
    stdinPort: port("stdin_port"),
    controlPort: port("control_port"),
    heartbeatPort: port("hb_port"),
    key: string("key", ""),
    digest,
  };
}

/** The ZeroMQ address of one of the connection's ports. */
export function address(connection: Connection, port: number): string {
  const separator = connection.transport === "tcp" ? ":" : "-";
  return `${connection.transport}://${connection.ip}${separator}${port}`;
}
