import type { Command } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { forgetGrammar } from "../tools/tool.ts";

export default {
  name: "unshare",
  summary: "Run a program where unpacked images can be changed without root",
  usage: "[PROGRAM [ARGUMENTS...]]",
  description:
    "Starts PROGRAM (default: $SHELL) inside the user namespace that Kasane uses for an ordinary user: files of other owners in the store can be read, changed and removed there. Programs that use the library and unpack images run in it, too.",
  examples: [
    { call: "unshare", what: "a shell that sees the store as root does" },
    { call: "unshare bun my-build.ts", what: "a program that builds with the library" },
    {
      call: "unshare --mount ROOT=build sh -c 'cp app $ROOT/usr/bin/'",
      what: "with the mounted directory of a working container in a variable",
    },
  ],
  flags: [
    {
      name: "mount",
      short: "m",
      type: "strings",
      value: "[VARIABLE=]CONTAINER",
      help: "Mount a working container, and put its directory in a variable (default: of its name)",
    },
  ],
  arguments: { min: 0 },
  stopAtFirstArgument: true,
  needsPrivilege: true,
  async run({ flags, env, store, terminal }) {
    const mounts: Record<string, string> = {};
    for (const text of flags.strings("mount")) {
      const { getWorkingContainer, mountRoot } = await import("../../container/mod.ts");
      const [variable, name = variable] = text.split("=") as [string, string?];
      const container = await getWorkingContainer(await store(), name);
      mounts[variable] = await mountRoot(await store(), container, (message) => warn(terminal, message));
    }
    forgetGrammar();
    const argv = flags.arguments.length > 0 ? flags.arguments : [env.SHELL || "/bin/sh"];
    const child = Bun.spawn([...argv], {
      stdio: ["inherit", "inherit", "inherit"],
      env: { ...process.env, ...mounts },
    });
    return child.exited;
  },
} satisfies Command;
