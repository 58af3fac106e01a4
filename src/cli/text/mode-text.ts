import type { LayerEntry } from "../../layer/mod.ts";

const kinds: Readonly<Record<string, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  "character-device": "c",
  "block-device": "b",
  fifo: "p",
};

/** `-rwsr-xr-x`, as ls(1) writes it. */
export function modeText({ type, mode }: Pick<LayerEntry, "type" | "mode">): string {
  const bits = [6, 3, 0].map((shift, place) => {
    const three = (mode >> shift) & 7;
    const special = (mode & [0o4000, 0o2000, 0o1000][place]!) !== 0;
    const letters = place === 2 ? "tT" : "sS";
    const execute = special ? letters[three & 1 ? 0 : 1] : three & 1 ? "x" : "-";
    return `${three & 4 ? "r" : "-"}${three & 2 ? "w" : "-"}${execute}`;
  });
  return (kinds[type] ?? "?") + bits.join("");
}
