import { connect, type Socket } from "node:net";

/** The lines of a request, with the empty one at the end. */
export const lines = (...all: string[]) => `${all.join("\r\n")}\r\n\r\n`;

export interface RawOptions {
  readonly done?: (answer: string) => boolean;
  /** Goes on with the connection. */
  readonly after?: (socket: Socket) => void;
}

/**
 * Sends bytes as they are, which no HTTP client would, to a port of this machine or over a socket. What comes back, up to the end of the
 * connection, however it ends, or until `done` is satisfied.
 */
export function exchangeRaw(
  to: number | Socket,
  bytes: string | Uint8Array,
  options: RawOptions = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = typeof to === "number" ? connect(to, "127.0.0.1") : to;
    let answer = "";
    const end = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (options.done?.(answer)) end();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(bytes);
    options.after?.(socket);
  });
}
