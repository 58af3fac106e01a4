import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** True where nobody was told of it yet: what a system cannot give is told once for each store, not with every container. */
export function isNews(directory: string, message: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `.told-${Bun.hash(message).toString(16)}`), "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
