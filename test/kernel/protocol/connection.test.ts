import fc from "fast-check";
import { expect, test } from "vitest";
import { address, ConnectionFileError, parseConnection } from "../../../kernel/protocol/connection.js";

const file = {
  transport: "tcp",
  ip: "127.0.0.1",
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 65535,
  key: "k",
  signature_scheme: "hmac-sha256",
};
const parse = (fields: object) => parseConnection(JSON.stringify(fields), "c.json");

test("a connection file as Jupyter writes it", () => {
  const connection = parse({ ...file, kernel_name: "optimlab", jupyter_session: "" });
  expect(connection).toEqual({
    transport: "tcp",
    ip: "127.0.0.1",
    shellPort: 1,
    iopubPort: 2,
    stdinPort: 3,
    controlPort: 4,
    heartbeatPort: 65535,
    key: "k",
    digest: "sha256",
  });
  expect(address(connection, 7)).toBe("tcp://127.0.0.1:7");
  expect(address(parse({ ...file, transport: "ipc", ip: "/tmp/k" }), 7)).toBe("ipc:///tmp/k-7");
});

test.each([
  [{ ...file, transport: "udp" }, 'transport must be tcp or ipc, got "udp"'],
  [{ ...file, ip: 5 }, "ip must be a string, got 5"],
  [{ ...file, key: {} }, "key must be a string, got {}"],
  [{ ...file, hb_port: 65536 }, "hb_port must be a port number from 1 to 65535, got 65536"],
  [{ ...file, shell_port: "1" }, 'shell_port must be a port number from 1 to 65535, got "1"'],
  [{ ...file, control_port: undefined }, "control_port must be a port number from 1 to 65535, got undefined"],
  [{ ...file, signature_scheme: "hmac-nothing" }, "signature_scheme must be hmac-sha256 or another HMAC"],
  [{ ...file, signature_scheme: "sha256" }, "signature_scheme must be hmac-sha256 or another HMAC"],
])("%j", (fields, problem) => {
  expect(() => parse(fields)).toThrow(`connection file c.json: ${problem}`);
});

test("any text gives a connection or one line that says what is wrong", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseConnection(text, "c.json");
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectionFileError);
        expect((error as Error).message).not.toContain("\n");
      }
    }),
  );
});
