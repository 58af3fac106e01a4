import { runOk } from "../../outside.ts";
import { peer } from "../peers.ts";

/** What BuildKit's frontend says of each Dockerfile: see frontend/main.go. Tests begin with `missing("buildkit-frontend")`. */
export async function askFrontend<Answer>(
  about: "checks" | "calls",
  questions: readonly object[],
): Promise<(Answer & { readonly error?: string })[]> {
  const stdin = new Blob(questions.map((each) => `${JSON.stringify(each)}\n`));
  const lines = (await runOk([peer("buildkit-frontend"), about], { stdin })).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}
