/** True when tests that meet `program` are to be left out: it is not there, and nobody said that it must be. */
export function isMissing(program: string): boolean {
  return process.env.KASANE_REQUIRE_PEERS !== "1" && Bun.which(program) === null;
}

/** Standard output of a program that must succeed. */
export async function outputOf(
  argv: readonly string[],
  options: { cwd?: string; stdin?: Uint8Array } = {},
): Promise<string> {
  const child = Bun.spawn([...argv], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" },
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${err}`);
  return out;
}
