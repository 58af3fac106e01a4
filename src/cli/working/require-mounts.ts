import { KasaneError } from "../../lib/mod.ts";

/** A mount of this process alone would be gone before anybody sees it. @throws KasaneError `sandbox` */
export async function requireMounts(): Promise<void> {
  const { privilege } = await import("../../sandbox/mod.ts");
  if (privilege() !== "none") return;
  throw new KasaneError("sandbox", "an ordinary user cannot mount here: nobody outside would see it", {
    hint: "start a shell (or your script) with 'kasane unshare', and mount in there",
    data: { exitCode: 125 },
  });
}
