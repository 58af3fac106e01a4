import type { Command } from "../command.ts";
import { usage } from "../flags.ts";
import { tell } from "../messages/tell.ts";

export default {
  name: "logout",
  summary: "Log out from a registry",
  usage: "[OPTIONS] [SERVER]",
  description:
    "Removes a login from where `kasane login` keeps it, and from the credential helper that keeps it. Without SERVER Docker Hub is meant.",
  examples: [
    { call: "logout localhost:5000", what: "of one registry" },
    { call: "logout --all", what: "of all of them" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Remove the logins of all registries" },
    { name: "authfile", type: "string", value: "FILE", help: "The file to remove it from" },
  ],
  arguments: { min: 0, max: 1 },
  async run({ flags, terminal, env }) {
    const { loadCredentials, openLoginStore, parseLoginServer } = await import("../../distribution/mod.ts");
    const store = openLoginStore({ env, authFile: flags.string("authfile") });
    if (flags.boolean("all")) {
      if (flags.arguments.length > 0) throw usage("--all takes no server", "logout");
      for (const key of await store.removeAll()) terminal.out(`Removing login credentials for ${key}\n`);
      return 0;
    }
    const server = parseLoginServer(flags.arguments[0]);
    const isRemoved = await store.remove(server);
    terminal.out(
      isRemoved ? `Removing login credentials for ${server.key}\n` : `Not logged in to ${server.key}\n`,
    );
    if (server.namespace !== undefined && (await store.find(server))) {
      tell(terminal, `WARNING: a login that counts for ${server.key} as well is left: see ${store.path}`);
      return 0;
    }
    // Where somebody logs out, no other file should go on logging in unnoticed.
    const left =
      flags.string("authfile") === undefined &&
      (await loadCredentials({ env }).find(server.host, server.namespace));
    if (left) {
      tell(
        terminal,
        `WARNING: another file, or DOCKER_AUTH_CONFIG, still has credentials for ${server.key}: log out there with the program that stored them, or with --authfile`,
      );
    }
    return 0;
  },
} satisfies Command;
