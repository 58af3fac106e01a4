/** Runs a program of the system, with lines for its standard input. @throws what it said, where it fails */
export async function runTool(command: readonly string[], lines: readonly string[] = []): Promise<void> {
  const child = Bun.spawn([...command], {
    stdio: [Buffer.from(lines.map((line) => `${line}\n`).join("")), "ignore", "pipe"],
    cwd: "/",
    env: {},
  });
  const [said, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code === 0) return;
  const reason = said.trim().split("\n")[0] || `it ended with ${code}`;
  throw new Error(`${command[0]!.split("/").at(-1)}: ${reason}`);
}
