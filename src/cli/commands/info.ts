import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import type { SystemFacts } from "../system-facts.ts";
import { binarySize } from "../text/units.ts";

export default {
  name: "info",
  summary: "Show the store and what this system can do",
  usage: "[OPTIONS]",
  examples: [
    { call: "info", what: "where images are kept, how many there are, how RUN is isolated" },
    { call: "info --format '{{.Images}} {{.Root}}'", what: "single facts, by docker's names" },
  ],
  flags: [objectFormatFlag],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store, root, env }) {
    const { systemFacts } = await import("../system-facts.ts");
    const facts = await systemFacts(await store(), await root(), env);
    const format = flags.string("format");
    if (format === undefined) terminal.out(textOf(facts));
    else {
      const { formatObject } = await import("../format/object-format.ts");
      terminal.out(`${formatObject(format, facts, "system.dockerInfo")}\n`);
    }
    return 0;
  },
} satisfies Command;

function textOf(facts: SystemFacts): string {
  const proxies = [
    ["HTTP Proxy", facts.HttpProxy],
    ["HTTPS Proxy", facts.HttpsProxy],
    ["No Proxy", facts.NoProxy],
  ].filter(([, value]) => value !== "");
  const lines = [
    "Client:",
    ` Version:    ${facts.Version}`,
    ` Runtime:    ${facts.ClientInfo.Runtime}`,
    "",
    "Server: none, no daemon is needed",
    ` Containers: ${facts.Containers}`,
    `  Running: ${facts.ContainersRunning}`,
    `  Paused: ${facts.ContainersPaused}`,
    `  Stopped: ${facts.ContainersStopped}`,
    ` Images: ${facts.Images}`,
    ` Volumes: ${facts.Volumes}`,
    ` Storage Driver: ${facts.Driver}`,
    ` Layers: ${facts.Layers}`,
    ` Mode: ${facts.Mode}`,
    " Security Options:",
    ...facts.SecurityOptions.map((option) => `  ${option.replace(/^name=/, "").replace(/,.*/, "")}`),
    ` Kernel Version: ${facts.KernelVersion}`,
    ` Operating System: ${facts.OperatingSystem}`,
    ` OSType: ${facts.OSType}`,
    ` Architecture: ${facts.Architecture}`,
    ` Platform: ${facts.Platform}`,
    ` CPUs: ${facts.NCPU}`,
    ` Total Memory: ${binarySize(facts.MemTotal)}`,
    ` Name: ${facts.Name}`,
    ` Root: ${facts.Root}`,
    ...proxies.map(([name, value]) => ` ${name}: ${value}`),
  ];
  return `${lines.join("\n")}\n`;
}
