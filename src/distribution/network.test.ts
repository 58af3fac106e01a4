import { expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { networkSend } from "./network.ts";

const trust = { authorities: [] };
const send = (env: Record<string, string>) =>
  networkSend({ origin: new URL("http://registry.invalid"), trust, verify: true, env });

/** A proxy that answers everything itself, and remembers the first line and the credentials of each request. */
async function withProxy(work: (url: string, seen: string[]) => Promise<void>): Promise<void> {
  const seen: string[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const [line, ...headers] = data.toString("latin1").split("\r\n");
      const credentials = headers.find((header) => /^proxy-authorization:/i.test(header))?.split(": ")[1];
      seen.push([line, credentials].filter(Boolean).join(" | "));
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`127.0.0.1:${(server.address() as { port: number }).port}`, seen);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("a proxy is used for other machines, with its own credentials, and not where NO_PROXY says so", () =>
  withProxy(async (address, seen) => {
    const env = { HTTP_PROXY: `http://user:pw@${address}`, NO_PROXY: "direct.invalid" };
    const response = await send(env)(new URL("http://registry.invalid/v2/"), { method: "GET" });
    expect(await response.text()).toBe("ok");
    expect(seen).toEqual([`GET http://registry.invalid/v2/ HTTP/1.1 | Basic ${btoa("user:pw")}`]);
    await expect(send(env)(new URL("http://direct.invalid/v2/"), {})).rejects.toThrow();
    expect(seen).toHaveLength(1);
  }));

test("https goes through a tunnel", () =>
  withProxy(async (address, seen) => {
    const env = { HTTPS_PROXY: `http://${address}` };
    await expect(send(env)(new URL("https://registry.invalid/v2/"), {})).rejects.toThrow();
    expect(seen).toEqual(["CONNECT registry.invalid:443 HTTP/1.1"]);
  }));

test("this machine is talked to directly, whatever the variables of the process say", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("direct") });
  try {
    const response = await send({ HTTP_PROXY: "http://127.0.0.1:1" })(server.url, {});
    expect(await response.text()).toBe("direct");
  } finally {
    await server.stop(true);
  }
});
