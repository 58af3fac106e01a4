/** How containers reach outside where pasta is not there, on a machine apart with one beside it. */
import { describe, expect, test } from "bun:test";
import { missing } from "../outside.ts";
import { ApartMachine, machineAddress, outsideAddress } from "./sandbox/apart-machine.ts";
import { Caller, until } from "./sandbox/caller.ts";
import { type Mode, makeModes } from "./sandbox/modes.ts";
import { supervisorOf } from "./sandbox/processes.ts";

const modes = makeModes();
const root = modes.find(({ name }) => name === "root");

const ask = ["busybox", "nc", "-w", "10", outsideAddress, "7"];

async function withMachine(
  { without, mode = root! }: { without: readonly string[]; mode?: Mode },
  use: (machine: ApartMachine, caller: Caller) => Promise<void>,
): Promise<void> {
  using machine = await ApartMachine.start({ without });
  const caller = new Caller(mode, machine);
  try {
    await caller.prepare();
    await use(machine, caller);
  } finally {
    await caller.removeContainers();
    caller.dispose();
  }
}

describe.skipIf(root === undefined || missing("busybox", "slirp4netns"))("through slirp4netns", () => {
  test.each(
    modes.map((mode) => [mode.name, mode] as const),
  )("as %s, a container reaches outside as this machine", (_, mode) =>
    withMachine({ without: ["pasta"], mode }, async (_, caller) => {
      const script = `${ask.join(" ")}; busybox ip -o -4 addr show eth0`;
      const [seen, device] = (await caller.ok("run", "--rm", "box", "sh", "-c", script)).split("\n");
      expect([seen, device]).toEqual([machineAddress, expect.stringContaining("10.0.2.100/24")]);
      // Again for a container that starts again, and in a network.
      await caller.ok("network", "create", "app");
      await caller.ok("run", "-d", "--name", "one", "--network", "app", "box", "sleep", "1000");
      for (const _ of [1, 2]) {
        expect(await caller.ok("exec", "one", ...ask)).toBe(`${machineAddress}\n`);
        await caller.ok("restart", "-t", "0", "one");
      }
    }));
});

describe.skipIf(root === undefined || missing("busybox", "pasta", "slirp4netns", "ip", "iptables"))(
  "from an internal network",
  () => {
    const ways = [
      ["pasta", []],
      ["slirp4netns", ["pasta"]],
      ["masquerading", ["pasta", "slirp4netns"]],
    ] as const;
    const cases = ways.flatMap(([way, without]) =>
      modes
        .filter(({ name }) => way !== "masquerading" || name === "root")
        .map((mode) => [way, mode.name, without, mode] as const),
    );
    test.each(
      cases,
    )("by %s, as %s: a container reaches outside as long as it is in another one", (way, _, without, mode) =>
      withMachine({ without, mode }, async (machine, caller) => {
        await caller.ok("network", "create", "--internal", "inside");
        await caller.ok("network", "create", "app");
        await caller.ok("run", "-d", "--name", "one", "--network", "inside", "box", "sleep", "1000");
        // Not through pasta, of which some versions keep a connection open that its server has closed: there the way is looked at.
        const asked =
          way === "pasta" ? "busybox ip route | grep ^default" : `busybox nc -w 2 ${outsideAddress} 7`;
        const answer = way === "pasta" ? "default via 10.0.2.2 dev eth" : `${machineAddress}\n`;
        const reached = async () => (await caller.call("exec", "one", "sh", "-c", asked)).out;
        expect(await reached()).toBe("");
        const hosts = await caller.ok("exec", "one", "cat", "/etc/resolv.conf");
        for (const _ of [1, 2]) {
          await caller.ok("network", "connect", "app", "one");
          expect(await reached()).toStartWith(answer);
          await caller.ok("network", "disconnect", "app", "one");
          expect(await reached()).toBe("");
          expect(await caller.ok("exec", "one", "cat", "/etc/resolv.conf")).toBe(hosts);
        }
        await caller.ok("rm", "-f", "one");
        expect(machine.run("ip", "-o", "link").out).not.toContain("ksn");
      }));
  },
);

describe.skipIf(root === undefined || missing("busybox", "ip", "iptables", "nft"))("by masquerading", () => {
  const rulesOf = (machine: ApartMachine, tool: string) =>
    machine.run(...(tool === "nft" ? ["nft", "list", "ruleset"] : ["iptables-save"])).out;
  const devicesOf = (machine: ApartMachine) => machine.run("ip", "-o", "link").out.match(/ksn\d+/g) ?? [];
  const left = (machine: ApartMachine, tool: string) =>
    [...(rulesOf(machine, tool).match(/kasane/gi) ?? []), ...devicesOf(machine)].join();
  /** Says `here` to whoever comes to port 80. */
  const serve = ["sh", "-c", "while :; do echo here | busybox nc -l -p 80; done"];

  test.each([
    ["iptables", []],
    ["nft", ["iptables"]],
  ])("by %s: containers reach outside, nobody reaches them, nothing stays", (tool, hidden) =>
    withMachine({ without: ["pasta", "slirp4netns", ...hidden] }, async (machine, caller) => {
      // As docker leaves it.
      if (tool === "iptables") machine.run("iptables", "-P", "FORWARD", "DROP");
      expect(await caller.ok("run", "--rm", "box", ...ask)).toBe(`${machineAddress}\n`);
      expect(left(machine, tool)).toBe("");
      await caller.ok("run", "-d", "--name", "one", "-p", "8080:80", "box", ...serve);
      await caller.ok("run", "-d", "--name", "two", "box", ...serve);
      const address = async (name: string) =>
        (await caller.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name)).trim();
      const [one, two] = [await address("one"), await address("two")];
      expect(new Set([one, two]).size).toBe(2);
      expect(await caller.ok("exec", "one", "cat", "/etc/hosts")).toContain(`${one}\t`);
      // What is published is reached, and from this machine everything; from container to container, and from outside, nothing.
      const say = ["busybox", "nc", "-w", "2"];
      await until(() => machine.run(...say, "127.0.0.1", "8080").out === "here\n");
      await until(() => machine.run(...say, two, "80").out === "here\n");
      expect(await caller.call("exec", "one", ...say, two, "80")).toMatchObject({ code: 1, out: "" });
      machine.runOutside("ip", "route", "add", "10.87.0.0/16", "via", machineAddress);
      expect(machine.runOutside(...say, two, "80").out).not.toContain("here");
      await caller.ok("rm", "-f", "one");
      expect(await caller.ok("exec", "two", ...ask)).toBe(`${machineAddress}\n`);
      await caller.ok("rm", "-f", "two");
      expect(left(machine, tool)).toBe("");
    }));

  test("after kill -9 the next command takes the rules away, and no others", () =>
    withMachine({ without: ["pasta", "slirp4netns"] }, async (machine, caller) => {
      await caller.ok("run", "-d", "--name", "one", "box", "sleep", "1000");
      await caller.ok("run", "-d", "--name", "two", "box", "sleep", "1000");
      process.kill(await supervisorOf(caller, "one"), "SIGKILL");
      await until(() => devicesOf(machine).length === 1);
      await caller.ok("run", "--rm", "--network", "none", "box", "true");
      expect(await caller.ok("exec", "two", ...ask)).toBe(`${machineAddress}\n`);
      process.kill(await supervisorOf(caller, "two"), "SIGKILL");
      await until(() => devicesOf(machine).length === 0);
      await caller.ok("rm", "-f", "one", "two");
      expect(left(machine, "iptables")).toBe("");
    }));

  test("a machine that does not forward is told so", () =>
    withMachine({ without: ["pasta", "slirp4netns"] }, async (machine, caller) => {
      machine.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward");
      const child = caller.spawn("run", "--rm", "box", "true");
      expect(await child.stderr.text()).toContain("net.ipv4.ip_forward is 0");
      expect([await child.exited, left(machine, "iptables")]).toEqual([0, ""]);
    }));
});
