import { collect, KasaneError } from "../../lib/mod.ts";
import { warn } from "../messages/tell.ts";
import type { Terminal } from "../terminal.ts";
import { dockerfileLimitBytes } from "./stdin-context.ts";

/**
 * What the machine's C preprocessor makes of a Dockerfile, called as buildah calls it: includes are looked for in the context, and what it does not
 * like is told and ignored as long as something comes out. A comment with `#` is such a thing.
 * @throws KasaneError `unsupported` where there is no preprocessor, `invalid-dockerfile` where nothing comes out
 */
export async function preprocess(
  path: string,
  options: {
    readonly context: string;
    /** --cpp-flag */
    readonly flags: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly terminal: Terminal;
  },
): Promise<Uint8Array> {
  const program = Bun.which("cpp");
  if (program === null) {
    throw new KasaneError(
      "unsupported",
      `${path} is written for the C preprocessor, and there is none here`,
      {
        hint: "install it (the package cpp or gcc), or give Kasane what it makes of the file",
      },
    );
  }
  const more = [
    ...(options.env.BUILDAH_CPPFLAGS ?? "").split(/\s+/).filter((flag) => flag !== ""),
    ...options.flags,
  ];
  const child = Bun.spawn(
    [program, "-E", "-iquote", options.context, "-traditional", "-undef", "-", ...more],
    {
      stdin: Bun.file(path),
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const said = collect(child.stderr, dockerfileLimitBytes, path);
  try {
    const text = await collect(child.stdout, dockerfileLimitBytes, path);
    const words = Buffer.from(await said)
      .toString("utf8")
      .trim();
    const code = await child.exited;
    if (code !== 0 && text.length === 0) {
      throw new KasaneError("invalid-dockerfile", `the C preprocessor makes nothing of ${path}: ${words}`, {
        hint: "try it by itself: cpp -E -traditional -undef FILE",
      });
    }
    if (words !== "") warn(options.terminal, `the C preprocessor says of ${path}: ${words}`);
    return text;
  } finally {
    child.kill();
    await said.catch(() => {});
  }
}
