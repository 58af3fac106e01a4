import { messageOf } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { usage } from "../flags.ts";

export default {
  name: "serve",
  summary: "Serve a registry over HTTP",
  usage: "[OPTIONS]",
  description:
    "The registry keeps its repositories in the same store as the local images; bytes both have exist once.",
  examples: [
    { call: "serve", what: "a registry on 127.0.0.1:5000" },
    { call: "--root ./registry serve --addr 127.0.0.1:5001", what: "with a store and port of its own" },
  ],
  flags: [
    {
      name: "addr",
      type: "string",
      value: "HOST:PORT",
      help: "Where to listen (default 127.0.0.1:5000; port 0 takes a free one)",
    },
    { name: "tls-cert", type: "string", value: "FILE", help: "Certificate chain, PEM: serves HTTPS" },
    { name: "tls-key", type: "string", value: "FILE", help: "Its private key, PEM" },
    { name: "quiet", short: "q", type: "boolean", help: "No access log" },
  ],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal, store, signal }) {
    const { startServer } = await import("../../server/mod.ts");
    const local = await store();
    const [certificate, key] = [flags.string("tls-cert"), flags.string("tls-key")];
    if ((certificate === undefined) !== (key === undefined))
      throw usage("--tls-cert and --tls-key go together", "serve");
    const isQuiet = flags.boolean("quiet");
    const server = await startServer({
      store: local,
      ...(flags.string("addr") !== undefined && { address: flags.string("addr")! }),
      ...(certificate !== undefined &&
        key !== undefined && {
          tls: { certificate: await Bun.file(certificate).text(), key: await Bun.file(key).text() },
        }),
      onWarning: (message) => terminal.err(`warning: ${message}\n`),
      onError: (error, request) =>
        terminal.err(`error: ${request.method} ${request.url}: ${messageOf(error)}\n`),
      ...(!isQuiet && {
        onAccess: ({ method, path, status, durationMs, client }) =>
          terminal.err(
            `${new Date().toISOString()} ${client} ${method} ${path} ${status} ${durationMs.toFixed(1)}ms\n`,
          ),
      }),
    });
    terminal.out(`listening on ${server.url}\n`);
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await server.stop();
    return 0;
  },
} satisfies Command;
