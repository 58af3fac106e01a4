import type { Container } from "../../container/mod.ts";
import type { CommandContext } from "../command.ts";
import { formatError } from "../text/error-output.ts";

/**
 * Does `work` on each container that the arguments name, and prints each name when it is done; one that cannot be dealt with is told of and
 * does not keep the others.
 * @returns the exit code
 */
export async function eachContainer(
  { flags, terminal, store }: CommandContext,
  work: (container: Container) => Promise<string | undefined>,
): Promise<number> {
  const { getContainer } = await import("../../container/mod.ts");
  const local = await store();
  const outcomes = await Promise.all(
    flags.arguments.map(async (name) => {
      try {
        return { line: (await work(await getContainer(local, name))) ?? name };
      } catch (error) {
        return { error };
      }
    }),
  );
  for (const outcome of outcomes) {
    if ("line" in outcome) terminal.out(`${outcome.line}\n`);
    else terminal.err(formatError(outcome.error));
  }
  return outcomes.some((outcome) => "error" in outcome) ? 1 : 0;
}
