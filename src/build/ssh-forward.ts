import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import type { RunMount } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";

/** A socket of a step's own, behind which is an SSH agent. */
export interface ForwardedAgent {
  readonly path: string;
  stop(): void;
}

/** Bytes that wait for the other end. Messages of the protocol have at most 256 KiB: who sends more without reading fills memory. */
const maxWaitingBytes = 1024 * 1024;

/** What a socket's path may have: sockaddr_un. */
const maxSocketPath = 100;

interface Ends {
  other?: Socket<Ends>;
  /** What came before the other end was there, or while it did not take any more. */
  readonly waiting: Uint8Array[];
  hasEnded?: boolean;
}

/**
 * Listens on a socket that the step may use, and passes on what comes to the agent of the one who builds. Only for as long as the
 * step runs, and with the owner and the mode that the mount asks for.
 */
export function forwardAgent(
  agent: string,
  socketPath: string,
  mount: Pick<RunMount, "mode" | "uid" | "gid">,
): ForwardedAgent {
  const own = socketPath.length > maxSocketPath ? mkdtempSync(join(tmpdir(), "kasane-ssh-")) : undefined;
  const path = own === undefined ? socketPath : join(own, "agent");
  const end = (socket: Socket<Ends>): void => {
    socket.data.hasEnded = true;
    if (socket.data.waiting.length === 0) socket.end();
  };
  const shared = {
    data(socket: Socket<Ends>, chunk: Uint8Array) {
      const { other } = socket.data;
      // Until the agent is there, its own end keeps what comes.
      if (other) send(other, chunk);
      else keep(socket, chunk);
    },
    drain(socket: Socket<Ends>) {
      const chunks = socket.data.waiting.splice(0);
      for (const chunk of chunks) send(socket, chunk);
      if (socket.data.hasEnded && socket.data.waiting.length === 0) socket.end();
    },
    close(socket: Socket<Ends>) {
      if (socket.data.other) end(socket.data.other);
    },
    error(socket: Socket<Ends>) {
      if (socket.data.other) end(socket.data.other);
    },
  };
  const listener = Bun.listen<Ends>({
    unix: path,
    data: { waiting: [] },
    socket: {
      ...shared,
      open(socket) {
        socket.data = { waiting: [] };
        Bun.connect<Ends>({ unix: agent, data: { other: socket, waiting: [] }, socket: shared }).then(
          (other) => {
            const early = socket.data.waiting.splice(0);
            socket.data.other = other;
            for (const chunk of early) send(other, chunk);
          },
          () => socket.end(),
        );
      },
    },
  });
  const stop = (): void => {
    listener.stop(true);
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  };
  try {
    chmodSync(path, mount.mode ?? 0o600);
    if (mount.uid || mount.gid) chownSync(path, mount.uid ?? 0, mount.gid ?? 0);
  } catch (cause) {
    stop();
    throw new KasaneError("sandbox", `cannot give the SSH agent to user ${mount.uid ?? 0}`, {
      cause,
      hint: "leave uid= and gid= of the mount out",
    });
  }
  return { path, stop };
}

/** Keeps what a socket does not take now for its drain(). */
function send(socket: Socket<Ends>, chunk: Uint8Array): void {
  const sent = socket.data.waiting.length > 0 ? 0 : Math.max(0, socket.write(chunk));
  if (sent < chunk.length) keep(socket, chunk.subarray(sent));
}

function keep(socket: Socket<Ends>, chunk: Uint8Array): void {
  const { waiting, other } = socket.data;
  waiting.push(chunk.slice());
  if (waiting.reduce((sum, each) => sum + each.length, 0) <= maxWaitingBytes) return;
  waiting.length = 0;
  other?.terminate();
  socket.terminate();
}
