import type { Volume } from "../../store/mod.ts";
import type { RowFormat } from "../format/row-format.ts";
import { humanSize } from "../text/units.ts";

export interface VolumeRow {
  readonly volume: Volume;
  readonly mountpoint: string;
  /** How many containers have it; what it takes. Where nobody looked: absent. */
  readonly links?: number;
  readonly sizeBytes?: number;
}

const unknown = "N/A";

export const volumeFormat: RowFormat<VolumeRow> = {
  typeName: "*formatter.volumeContext",
  table: "{{.Driver}}\t{{.Name}}",
  quiet: "{{.Name}}",
  raw: "name: {{.Name}}\ndriver: {{.Driver}}\n",
  fields: {
    Name: { header: "VOLUME NAME", value: ({ volume }) => volume.name },
    Driver: { header: "DRIVER", value: () => "local" },
    Scope: { header: "SCOPE", value: () => "local" },
    Mountpoint: { header: "MOUNTPOINT", value: ({ mountpoint }) => mountpoint },
    Labels: {
      header: "LABELS",
      value: ({ volume }) =>
        Object.entries(volume.labels ?? {})
          .map(([name, value]) => `${name}=${value}`)
          .join(","),
    },
    Label: { takesArgument: true, value: ({ volume }, name) => labelOf(volume, name!) },
    Links: { header: "LINKS", value: ({ links }) => (links === undefined ? unknown : String(links)) },
    Size: {
      header: "SIZE",
      value: ({ sizeBytes }) => (sizeBytes === undefined ? unknown : humanSize(sizeBytes)),
    },
  },
};

/** Empty where there is none. */
function labelOf({ labels = {} }: Volume, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name]! : "";
}

/** As docker sorts names: numbers in them by their value. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D/g) ?? [], b.match(/\d+|\D/g) ?? []];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x, y] = [left[index]!, right[index]!];
    if (x === y) continue;
    const difference = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
    return difference || (x < y ? -1 : 1);
  }
  return left.length - right.length;
}
