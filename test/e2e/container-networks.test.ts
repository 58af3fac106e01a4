/** Networks in which containers find each other, through the real command line. */
import { expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { describeAsEachUser, until } from "./sandbox/caller.ts";
import { supervisorOf } from "./sandbox/processes.ts";

/** As the users that tests make. */
const isMissing = missing("busybox") || !isTunOpen();

function isTunOpen(): boolean {
  return existsSync("/dev/net/tun") && (statSync("/dev/net/tun").mode & 0o006) === 0o006;
}

describeAsEachUser("networks of their own", { isMissing }, (caller) => {
  const ok = (...argv: string[]) => caller.ok(...argv);
  const serve = ["sh", "-c", "busybox hostname > /tmp/name; exec busybox httpd -f -p 80 -h /tmp"];
  const ask = (network: string, name: string) =>
    caller.call(
      "run",
      "--rm",
      "--network",
      network,
      // Nobody there to wait for.
      ...["--dns", "127.0.0.1"],
      "box",
      "busybox",
      "wget",
      "-qO-",
      `http://${name}/name`,
    );
  const answers = async (network: string, name: string, expected: string) =>
    until(async () => (await ask(network, name)).out === `${expected}\n`);
  const namesIn = async (network: string) =>
    (await ok("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", network))
      .trim()
      .split(" ")
      .sort();

  test("containers of a network find each other by name, alias and beginning of the ID, and nobody else", async () => {
    expect(await ok("network", "create", "--label", "k=v", "app")).toMatch(/^[0-9a-f]{64}\n$/);
    const id = (
      await ok(
        "run",
        "-d",
        "--name",
        "db",
        "--hostname",
        "it",
        "--network",
        "app",
        "--network-alias",
        "store",
        "box",
        ...serve,
      )
    ).trim();
    for (const name of ["db", "store", id.slice(0, 12)]) await answers("app", name, "it");
    expect((await ask("private", "db")).code).not.toBe(0);
    expect(await ok("ps", "--format", "{{.Networks}}", "-f", "network=app")).toBe("app\n");
    expect(await namesIn("app")).toEqual(["db"]);
    // Who came before sees who comes later, and no more when he is gone.
    await ok("run", "-d", "--name", "later", "--network", "app", "box", "sleep", "1000");
    expect(await ok("exec", "db", "cat", "/etc/hosts")).toMatch(/^10\.89\.\d+\.\d+\tlater /m);
    await ok("rename", "later", "last");
    const renamed = await ok("exec", "db", "cat", "/etc/hosts");
    expect([renamed, await namesIn("app")]).toEqual([expect.stringMatching(/\tlast /), ["db", "last"]]);
    expect(renamed).not.toContain("later");
    await ok("rm", "-f", "last");
    expect(await ok("exec", "db", "cat", "/etc/hosts")).not.toContain("last");
    const refused = await caller.call("network", "rm", "app");
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining("network app has active endpoints: db"),
    });
    await ok("stop", "-t", "0", "db");
    await ok("start", "db");
    await answers("app", "db", "it");
    await ok("rm", "-f", "db");
    expect(await ok("network", "rm", "app")).toBe("app\n");
    expect(await ok("network", "ls", "--format", "{{.Name}}")).toBe("host\nnone\nprivate\n");
  });

  test("connect and disconnect work at once, and on those that do not run", async () => {
    await ok("network", "create", "one");
    await ok("network", "create", "--internal", "two");
    await ok(
      "run",
      "-d",
      "--name",
      "web",
      "--hostname",
      "w",
      "--network",
      "one",
      "-p",
      "80",
      "box",
      ...serve,
    );
    const port = (await ok("port", "web", "80")).trim();
    await ok("network", "connect", "--alias", "www", "two", "web");
    await answers("two", "www", "w");
    expect(await caller.call("network", "connect", "two", "web")).toMatchObject({ code: 1 });
    const inspected = JSON.parse(await ok("inspect", "web"))[0];
    expect(Object.keys(inspected.NetworkSettings.Networks).sort()).toEqual(["one", "two"]);
    await ok("network", "disconnect", "two", "web");
    expect((await ask("two", "www")).code).not.toBe(0);
    await answers("one", "web", "w");
    expect(await (await fetch(`http://${port}/name`)).text()).toBe("w\n");
    await ok("create", "--name", "idle", "--network", "one", "box", "cat", "/etc/hosts");
    await ok(
      "network",
      "connect",
      "--ip",
      JSON.parse(await ok("network", "inspect", "two"))[0].IPAM.Config[0].Subnet.replace("0/24", "77"),
      "two",
      "idle",
    );
    expect(await ok("start", "-a", "idle")).toMatch(/\.77\tidle /);
    for (const none of ["none", "host"]) {
      await ok("create", "--name", `is-${none}`, "--network", none, "box", "true");
      expect((await caller.call("network", "connect", "one", `is-${none}`)).code).toBe(1);
    }
    expect((await caller.call("network", "prune", "-f")).out).toBe("");
    await ok("rm", "-f", "web", "idle");
    const pruned = await ok("system", "prune", "-f");
    expect(pruned).toContain("Deleted Networks:\none\ntwo\n\n");
    expect((await caller.call("network", "prune", "-f")).out).toBe("");
  });

  test("a killed supervisor's address is free, and its name goes with the next command", async () => {
    await ok("network", "create", "--subnet", "10.97.3.0/29", "small");
    await ok(
      "run",
      "-d",
      "--name",
      "dies",
      "--network",
      "small",
      "--ip",
      "10.97.3.2",
      "box",
      "sleep",
      "1000",
    );
    await ok("run", "-d", "--name", "stays", "--network", "small", "box", "sleep", "1000");
    const inUse = await caller.call("run", "--rm", "--network", "small", "--ip", "10.97.3.2", "box", "true");
    expect(inUse).toMatchObject({ code: 125, err: expect.stringContaining("Address already in use") });
    process.kill(await supervisorOf(caller, "dies"), "SIGKILL");
    await until(async () => (await namesIn("small")).join() === "stays");
    expect(await ok("exec", "stays", "cat", "/etc/hosts")).toContain("dies");
    // Whatever is done with containers next.
    await ok("container", "prune", "-f", "--filter", "label=none");
    expect(await ok("exec", "stays", "cat", "/etc/hosts")).not.toContain("dies");
    await ok("run", "--rm", "--network", "small", "--ip", "10.97.3.2", "box", "true");
    await ok("start", "dies");
    expect(await namesIn("small")).toEqual(["dies", "stays"]);
    await ok("rm", "-f", "dies", "stays");
    // Four addresses are left of eight.
    const names = ["a", "b", "c", "d", "e"].map((name) => `full-${name}`);
    for (const name of names)
      await ok("run", "-d", "--name", name, "--network", "small", "box", "sleep", "1000");
    expect((await caller.call("run", "--rm", "--network", "small", "box", "true")).err).toContain(
      "no free address",
    );
    await ok("rm", "-f", ...names);
    await ok("network", "rm", "small");
    expect(existsSync(join(caller.root, "networks/small"))).toBe(false);
  });

  test("names and addresses that cannot be are refused", async () => {
    await ok("network", "create", "taken");
    for (const argv of [
      ["taken"],
      ["host"],
      ["a b"],
      ["--subnet", "10.0.0.0/31", "x"],
      ["-d", "macvlan", "x"],
      ["--gateway", "1.2.3.4", "x"],
    ])
      expect((await caller.call("network", "create", ...argv)).code).toBe(1);
    const subnet = JSON.parse(await ok("network", "inspect", "taken"))[0].IPAM.Config[0].Subnet;
    expect(await caller.call("network", "create", "--subnet", subnet, "x")).toMatchObject({
      code: 1,
      err: expect.stringContaining("in use by network taken"),
    });
    for (const flags of [
      ["--ip", "1.2.3.4"],
      ["--network-alias", "x"],
      ["--mac-address", "02:00:00:00:00:01"],
      ["--add-host", "x"],
      ["--dns", "name"],
    ])
      expect((await caller.call("run", "--rm", ...flags, "box", "true")).code).toBe(125);
    const hosts = await ok(
      "run",
      "--rm",
      "--add-host",
      "a:1.2.3.4",
      "--add-host",
      "b:host-gateway",
      "--dns",
      "9.9.9.9",
      "--dns-search",
      "in.example",
      "--dns-option",
      "ndots:2",
      "box",
      "cat",
      "/etc/hosts",
      "/etc/resolv.conf",
    );
    expect(hosts).toMatch(/^1\.2\.3\.4\ta\n\d+\.\d+\.\d+\.\d+\tb\n/m);
    expect(hosts).toEndWith("nameserver 9.9.9.9\nsearch in.example\noptions ndots:2\n");
    await ok("network", "rm", "taken");
  });
});
