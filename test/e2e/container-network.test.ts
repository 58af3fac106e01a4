/** What containers reach and by what they are reached, through the real command line. */
import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { describeAsEachUser, until } from "./sandbox/caller.ts";
import { descendants, isAlive, supervisorOf } from "./sandbox/processes.ts";

const echoServer = join(import.meta.dir, "sandbox/echo-server.ts");
const servers: Bun.Subprocess[] = [];
afterAll(() => {
  for (const server of servers) server.kill("SIGKILL");
});

function enter(pid: string): string[] {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--preserve-credentials"];
  return ["nsenter", ...user, `--net=/proc/${pid}/ns/net`, "--"];
}

/** Sends everything, ends its half, and reads to the end. */
async function exchange(port: number, sent: Uint8Array, host = "127.0.0.1"): Promise<Buffer> {
  const socket = connect({ port, host, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(sent);
  await new Promise((resolve, reject) => socket.once("end", resolve).once("error", reject));
  return Buffer.concat(chunks);
}

describeAsEachUser("networks of containers", { isMissing: missing("busybox") }, (caller) => {
  const ok = (...argv: string[]) => caller.ok(...argv);
  /** A container that runs, with an echo in its network. */
  const detached = async (name: string, ...flags: string[]) => {
    await ok("run", "-d", "--name", name, ...flags, "box", "sleep", "1000");
    await serveIn(name);
  };
  const serveIn = async (name: string) => {
    const pid = await ok("container", "inspect", "--format", "{{.State.Pid}}", name);
    const server = Bun.spawn([...enter(pid.trim()), process.execPath, echoServer], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    servers.push(server);
    for await (const chunk of server.stdout) if (String(Buffer.from(chunk)).includes("ready")) break;
  };
  /** Of what is published first. */
  const portOf = async (name: string, port: string) => {
    const line = (await ok("port", name, port)).trim();
    expect(line).toMatch(/^127\.0\.0\.1:\d+$/);
    return Number(line.split(":")[1]);
  };
  test("a container has a network of its own, with loopback and its name, unless it asks for another", async () => {
    const own = await ok(
      "run",
      "--rm",
      "--hostname",
      "me",
      "box",
      "sh",
      "-c",
      "busybox ip -o link; cat /etc/hosts",
    );
    expect(own).toContain("LOOPBACK,UP");
    expect(own).toMatch(/^\d+\.\d+\.\d+\.\d+\tme$/m);
    expect(own).not.toStartWith(
      await ok("run", "--rm", "--network", "host", "box", "busybox", "ip", "-o", "link"),
    );
    const none = await ok("run", "--rm", "--network", "none", "box", "busybox", "ip", "-o", "link");
    expect(none.trim().split("\n")).toHaveLength(1);
    for (const word of ["bridge", "default", "private"])
      expect(await ok("run", "--rm", "--network", word, "box", "echo", word)).toBe(`${word}\n`);
    expect(await caller.call("run", "--rm", "--network", "nowhere", "box", "true")).toMatchObject({
      code: 125,
      err: expect.stringContaining("network nowhere not found"),
    });
  });

  test("a published port answers from the beginning, passes ends on, and serves fifty at once", async () => {
    await detached("tcp", "-p", "7");
    const port = await portOf("tcp", "7");
    expect(await ok("ps", "--format", "{{.Ports}}", "-f", "name=tcp")).toBe(`127.0.0.1:${port}->7/tcp\n`);
    const sent = Array.from({ length: 50 }, () => randomBytes(200_000));
    const received = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
    received.forEach((bytes, index) => {
      expect(bytes.equals(sent[index]!)).toBe(true);
    });
    const inspected = JSON.parse(await ok("container", "inspect", "tcp"))[0];
    expect(inspected.NetworkSettings.Ports).toEqual({
      "7/tcp": [{ HostIp: "127.0.0.1", HostPort: `${port}` }],
    });
    expect(inspected.HostConfig.PortBindings).toEqual({ "7/tcp": [{ HostIp: "", HostPort: "" }] });
    await ok("rm", "-f", "tcp");
    expect(exchange(port, new Uint8Array(1))).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("who does not read holds only himself up", async () => {
    await detached("slow", "-p", "19");
    const port = await portOf("slow", "19");
    const sockets: Socket[] = [];
    for (let index = 0; index < 3; index++) sockets.push(connect(port, "127.0.0.1").pause());
    const [reader] = [connect(port, "127.0.0.1")];
    let bytes = 0;
    await new Promise<void>((resolve) =>
      reader.on("data", (chunk) => {
        bytes += chunk.length;
        if (bytes > 50_000_000) resolve();
      }),
    );
    const supervisor = await supervisorOf(caller, "slow");
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${supervisor}/status`, "utf8"))![1]);
    expect(rss).toBeLessThan(250_000);
    for (const socket of [...sockets, reader]) socket.destroy();
    await ok("rm", "-f", "slow");
  });

  test("datagrams find their way there and back", async () => {
    await detached("udp", "-p", "127.0.0.1::7/udp");
    const port = await portOf("udp", "7/udp");
    expect(await ok("port", "udp")).toBe(`7/udp -> 127.0.0.1:${port}\n`);
    const socket = createSocket("udp4");
    const answer = Promise.withResolvers<string>();
    socket.on("message", (message) => answer.resolve(String(message)));
    const ask = setInterval(() => socket.send("question", port, "127.0.0.1"), 50);
    expect(await answer.promise).toBe("question");
    clearInterval(ask);
    socket.close();
    await ok("rm", "-f", "udp");
  });

  test("a port in use is refused with 125, and nothing is left", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const refused = await caller.call("run", "--rm", "-p", `${port}:7`, "box", "true");
    expect(refused.code).toBe(125);
    expect(refused.err).toContain(`Bind for 127.0.0.1:${port} failed: port is already allocated`);
    const detachedToo = await caller.call("run", "-d", "--rm", "-p", `${port}:7`, "box", "true");
    expect(detachedToo).toMatchObject({ code: 125, out: "" });
    await new Promise((resolve) => server.close(resolve));
    expect(await ok("run", "--rm", "-p", `${port}:7`, "box", "echo", "free")).toBe("free\n");
  });

  test("ranges, -P and --expose", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await detached("many", "-p", `${port}-${port + 3}:9`, "-P", "--expose", "7-8/udp", "--expose", "10");
    const ports = (await ok("port", "many")).trim().split("\n");
    expect(ports.map((line) => line.split(" ")[0])).toEqual(["10/tcp", "7/udp", "8/udp", "9/tcp"]);
    expect(ports[3]).toMatch(new RegExp(`:(${port}|${port + 1}|${port + 2}|${port + 3})$`));
    await ok("rm", "-f", "many");
    await detached("exposed", "--expose", "80");
    expect(await ok("ps", "--format", "{{.Ports}}", "-f", "name=exposed")).toBe("80/tcp\n");
    await ok("rm", "-f", "exposed");
    for (const wrong of ["80:90:100:110", "70000", "1-3:1-2", "80/icmp", "x", "1.2.3:80:80"])
      expect((await caller.call("run", "--rm", "-p", wrong, "box", "true")).code).toBe(125);
  });

  test("the supervisor killed, its ports are free and the container starts again at them", async () => {
    await detached("killed", "-p", "7");
    const port = await portOf("killed", "7");
    const supervisor = await supervisorOf(caller, "killed");
    const below = descendants(supervisor);
    process.kill(supervisor, "SIGKILL");
    await until(async () => below.every((pid) => !isAlive(pid)));
    expect(await ok("ps", "-a", "--format", "{{.State}}|{{.Ports}}", "-f", "name=killed")).toBe("exited|\n");
    await ok("run", "--rm", "-p", `${port}:7`, "box", "true");
    await ok("start", "killed");
    await serveIn("killed");
    const again = await portOf("killed", "7");
    await until(
      async () => (await exchange(again, Buffer.from("there")).catch(() => "")).toString() === "there",
    );
    await ok("rm", "-f", "killed");
  });
});
