import type { Credential, LoginServer, LoginStore } from "../../distribution/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { tell } from "../messages/tell.ts";
import { connectionOptions, tlsFlags } from "../registries/connect.ts";

export default {
  name: "login",
  summary: "Log in to a registry",
  usage: "[OPTIONS] [SERVER]",
  description:
    "SERVER is HOST[:PORT], or a namespace of it: HOST/NAMESPACE; without it Docker Hub is meant. The login is checked with the registry, and kept where docker, podman and skopeo find it too: in the file of --authfile or REGISTRY_AUTH_FILE, else in Docker's config.json (DOCKER_CONFIG, ~/.docker), or with the credential helper that this file names.",
  examples: [
    { call: "login", what: "to Docker Hub; asks for user name and password" },
    { call: "login -u alice localhost:5000", what: "asks for the password only" },
    {
      call: "login -u alice --password-stdin ghcr.io < token.txt",
      what: "for scripts: the secret is in no command line",
    },
    { call: "login quay.io/myorg", what: "a login for one namespace of a registry" },
    { call: "login --get-login localhost:5000", what: "who is logged in" },
  ],
  flags: [
    { name: "username", short: "u", type: "string", value: "USER", help: "User name" },
    {
      name: "password",
      short: "p",
      type: "string",
      value: "PASSWORD",
      help: "Password or access token; - reads standard input. Everybody on the machine can see it: better --password-stdin",
    },
    { name: "password-stdin", type: "boolean", help: "Read the password from standard input" },
    { name: "get-login", type: "boolean", help: "Only print the user name that is logged in" },
    { name: "verbose", short: "v", type: "boolean", help: "Say where the login is kept" },
    { name: "authfile", type: "string", value: "FILE", help: "The file to keep it in" },
    ...tlsFlags,
  ],
  arguments: { min: 0, max: 1 },
  async run(context) {
    const { flags, terminal, env } = context;
    const { openLoginStore, parseLoginServer } = await import("../../distribution/mod.ts");
    const server = parseLoginServer(flags.arguments[0]);
    const store = openLoginStore({ env, authFile: flags.string("authfile") });
    if (flags.boolean("get-login")) return printUser(context, server, store);
    checkFlags(context);
    if (env.DOCKER_AUTH_CONFIG) {
      tell(terminal, "WARNING: DOCKER_AUTH_CONFIG is set: what it says comes before what is stored now.");
    }
    if (flags.string("username") === undefined && flags.string("password") === undefined) {
      if (await useStored(context, server, store)) return 0;
    }
    const login = await askForLogin(context, server);
    const credential = await check(context, server, { kind: "password", ...login });
    const { isPlain } = await store.save(server, { username: login.username, credential });
    if (isPlain) {
      tell(terminal, `WARNING! Your credentials are stored unencrypted in ${store.path}.`);
      tell(
        terminal,
        "A credential helper, named there as credsStore, keeps them better; then this warning is gone.",
      );
      terminal.err("\n");
    }
    if (flags.boolean("verbose")) tell(terminal, `Used: ${store.path}`);
    terminal.out("Login Succeeded\n");
    return 0;
  },
} satisfies Command;

function checkFlags({ flags, terminal }: CommandContext): void {
  const [user, password] = [flags.string("username"), flags.string("password")];
  const isStdin = flags.boolean("password-stdin") || password === "-";
  if (flags.boolean("password-stdin") && password !== undefined && password !== "-") {
    throw refuse("--password and --password-stdin cannot both be given");
  }
  if (isStdin && user === undefined) throw refuse("--password-stdin needs --username");
  if (user === "") throw refuse("the user name is empty");
  if (password === "") throw refuse("the password is empty");
  if (password !== undefined && !isStdin) {
    tell(terminal, "WARNING! --password on the command line is insecure. Use --password-stdin.");
  }
}

function refuse(message: string): KasaneError {
  return new KasaneError("usage", message, {
    hint: "see 'kasane login --help'",
    data: { exitCode: 1 },
  });
}

/** What is stored already may do: then nothing is asked. */
async function useStored(context: CommandContext, server: LoginServer, store: LoginStore): Promise<boolean> {
  const { terminal } = context;
  const stored = await store.find(server);
  if (stored === undefined) return false;
  const user = stored.kind === "password" ? ` [Username: ${stored.username}]` : "";
  tell(terminal, `Authenticating with existing credentials...${user}`);
  try {
    await check(context, server, stored);
  } catch (error) {
    if (!(error instanceof KasaneError) || error.code !== "unauthorized") throw error;
    tell(terminal, "The stored credentials are not valid any more.");
    return false;
  }
  terminal.out("Login Succeeded\n");
  return true;
}

async function askForLogin(
  { flags, terminal, signal }: CommandContext,
  server: LoginServer,
): Promise<{ username: string; password: string }> {
  const [user, password] = [flags.string("username"), flags.string("password")];
  if (user !== undefined && (flags.boolean("password-stdin") || password === "-")) {
    const { readSecretFromStdin } = await import("../registries/secret-input.ts");
    return { username: user, password: await readSecretFromStdin(signal) };
  }
  if (user !== undefined && password !== undefined) return { username: user, password };
  const { openPrompt } = await import("../prompt.ts");
  const prompt = openPrompt(terminal, signal);
  try {
    if (user === undefined) tell(terminal, `Log in to ${server.namespace ? server.key : server.host}`);
    const username = user ?? (await prompt.ask("Username: "));
    if (username === "") throw refuse("the user name is empty");
    const secret = password ?? (await prompt.askSecret("Password: "));
    if (secret === "") throw refuse("the password is empty");
    return { username, password: secret };
  } finally {
    prompt.close();
  }
}

async function check(
  { flags, signal }: CommandContext,
  server: LoginServer,
  credential: Credential,
): Promise<Credential> {
  const { logIn } = await import("../../distribution/mod.ts");
  // Somebody waits: a registry that is not there is told of soon.
  const retry = { attempts: 2 };
  return logIn({ host: server.host, credential, signal, retry, ...(await connectionOptions(flags)) });
}

/** What other commands would use: podman's own file is read as well, and never written unless it is named. */
async function elsewhere(
  { flags, env }: CommandContext,
  server: LoginServer,
): Promise<Credential | undefined> {
  if (flags.string("authfile") !== undefined) return undefined;
  const { loadCredentials } = await import("../../distribution/mod.ts");
  return loadCredentials({ env }).find(server.host, server.namespace);
}

async function printUser(context: CommandContext, server: LoginServer, store: LoginStore): Promise<number> {
  const found = (await store.find(server)) ?? (await elsewhere(context, server));
  if (found === undefined) throw notLoggedIn(server);
  context.terminal.out(found.kind === "password" ? `${found.username}\n` : "<token>\n");
  return 0;
}

function notLoggedIn(server: LoginServer): KasaneError {
  return new KasaneError("not-found", `not logged in to ${server.namespace ? server.key : server.host}`, {
    hint: "log in with kasane login",
  });
}
