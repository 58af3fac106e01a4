/** The project's documents as tests see them: fenced blocks, the files they show, and commands that can be run on any machine. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../outside.ts";

/** Documents with commands, each with its translation: both must show the same ones. */
export const documents = [
  "README.md",
  ...readdirSync(join(checkout, "docs"))
    .filter((name) => name.endsWith(".md") && !name.endsWith(".ja.md"))
    .map((name) => `docs/${name}`),
];

export function documentText(document: string): string {
  return readFileSync(join(checkout, document), "utf8");
}

/** The fenced blocks of one language, in order. */
export function blocks(document: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...documentText(document).matchAll(pattern)].map((match) => match[1]!);
}

/** Blocks that the line before them gives a name: `` `config.yml`: ``. */
export function namedFiles(document: string): Map<string, string> {
  const pattern = /^`([\w./-]+)`[^\S\n]*[:：]?\n\n```[a-z]+\n([\s\S]*?)^```/gm;
  return new Map([...documentText(document).matchAll(pattern)].map(([, name, text]) => [name!, text!]));
}

/** Of `host:PORT`, each port that a document shows is one that is free here. */
export class Ports {
  readonly #free = new Map<string, number>();

  replace(text: string): string {
    return text.replaceAll(
      /\b(localhost|127\.0\.0\.1):(\d{4})\b/g,
      (_, host: string, port: string) => `${host}:${this.#of(port)}`,
    );
  }

  #of(shown: string): number {
    let port = this.#free.get(shown);
    if (port === undefined) {
      port = freePort();
      this.#free.set(shown, port);
    }
    return port;
  }
}

/**
 * Every `kasane … serve … &` listens before the next command runs, and all of them end with the script. `! command` has to fail: the shell
 * itself does not mind if it does not.
 */
export function runnable(commands: string): string {
  let count = 0;
  const script = commands.replaceAll(/^(kasane (?:.* )?serve\b.*) &$/gm, (_, command: string) => {
    const log = `serve-${++count}.log`;
    // What is said of no address is the address that documents show.
    const address = /--addr|\.yml/.test(command) ? "" : " --addr 127.0.0.1:5000";
    return `${command}${address} > ${log} 2>&1 &\nservers="$servers $!"\nuntil grep -q listening ${log}; do kill -0 $!; sleep 0.05; done`;
  });
  const strict = script.replaceAll(/^! (.*)$/gm, "if $1; then echo this should have failed >&2; exit 1; fi");
  return `servers=\ntrap 'for one in $servers; do kill $one 2>/dev/null || true; done; wait' EXIT\n${strict}`;
}

/** Programs of others that the commands call. */
export function programsOf(commands: string): string[] {
  return ["curl", "openssl", "htpasswd", "base64", "sed"].filter((name) =>
    new RegExp(`(?:^|[|;&$(]\\s*)${name} `, "m").test(commands),
  );
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
