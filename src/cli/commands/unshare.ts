import type { Command } from "../command.ts";

export default {
  name: "unshare",
  summary: "Run a program where unpacked images can be changed without root",
  usage: "[PROGRAM [ARGUMENTS...]]",
  description:
    "Starts PROGRAM (default: $SHELL) inside the user namespace that Kasane uses for an ordinary user: files of other owners in the store can be read, changed and removed there. Programs that use the library and unpack images run in it, too.",
  examples: [
    { call: "unshare", what: "a shell that sees the store as root does" },
    { call: "unshare bun my-build.ts", what: "a program that builds with the library" },
  ],
  flags: [],
  arguments: { min: 0 },
  stopAtFirstArgument: true,
  needsPrivilege: true,
  async run({ flags, env }) {
    const argv = flags.arguments.length > 0 ? flags.arguments : [env.SHELL || "/bin/sh"];
    const child = Bun.spawn([...argv], { stdio: ["inherit", "inherit", "inherit"] });
    return child.exited;
  },
} satisfies Command;
