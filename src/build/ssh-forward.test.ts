import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forwardAgent } from "./ssh-forward.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kasane-forward-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** An agent that says what it hears, or that never reads. */
function startAgent(isDeaf = false) {
  const path = join(directory, "agent");
  const listener = Bun.listen({
    unix: path,
    socket: {
      open(socket) {
        if (isDeaf) socket.pause();
      },
      data(socket, chunk) {
        socket.write(chunk);
      },
    },
  });
  return { path, stop: () => listener.stop(true) };
}

async function connect(path: string) {
  const heard: Uint8Array[] = [];
  const closed = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    unix: path,
    socket: {
      data: (_, chunk) => void heard.push(chunk.slice()),
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  return { socket, text: () => Buffer.concat(heard).toString(), closed: closed.promise };
}

test("forwardAgent() passes on what both ends say, and ends with the step", async () => {
  const agent = startAgent();
  const forwarded = forwardAgent(agent.path, join(directory, "step"), { mode: 0o640 });
  expect(statSync(forwarded.path).mode & 0o777).toBe(0o640);
  const clients = await Promise.all([connect(forwarded.path), connect(forwarded.path)]);
  for (const [index, client] of clients.entries()) client.socket.write(`hello ${index}`);
  while (clients.some((client) => client.text() === "")) await Bun.sleep(1);
  expect(clients.map((client) => client.text())).toEqual(["hello 0", "hello 1"]);
  forwarded.stop();
  await Promise.all(clients.map((client) => client.closed));
  agent.stop();
});

test("forwardAgent() closes where there is no agent", async () => {
  const forwarded = forwardAgent(join(directory, "nobody"), join(directory, "step"), {});
  const client = await connect(forwarded.path);
  client.socket.write("hello");
  await client.closed;
  forwarded.stop();
});

test("forwardAgent() keeps no more than a megabyte for an agent that does not read", async () => {
  const agent = startAgent(true);
  const forwarded = forwardAgent(agent.path, join(directory, "step"), {});
  const client = await connect(forwarded.path);
  let isClosed = false;
  void client.closed.then(() => {
    isClosed = true;
  });
  const chunk = new Uint8Array(65_536);
  let sent = 0;
  while (!isClosed && sent < 2 ** 28) {
    sent += Math.max(0, client.socket.write(chunk));
    await Bun.sleep(0);
  }
  expect(isClosed).toBe(true);
  expect(sent).toBeLessThan(8 * 2 ** 20);
  forwarded.stop();
  agent.stop();
});

test("forwardAgent() finds a shorter place for a path that no socket can have", async () => {
  const agent = startAgent();
  const forwarded = forwardAgent(agent.path, join(directory, "x".repeat(120)), {});
  expect(forwarded.path.length).toBeLessThan(100);
  const client = await connect(forwarded.path);
  client.socket.write("hello");
  while (client.text() === "") await Bun.sleep(1);
  forwarded.stop();
  expect(() => statSync(forwarded.path)).toThrow();
  agent.stop();
});
