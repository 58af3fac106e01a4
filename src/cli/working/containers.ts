import { type Container, isWorking } from "../../container/mod.ts";
import { digestHex } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { filterFlag, parseFilters } from "../filters.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { goJson } from "../text/go-json.ts";
import { visible } from "../text/visible.ts";

const filterNames = ["id", "name", "ancestor"];

export default {
  name: "containers",
  summary: "List working containers",
  usage: "[OPTIONS]",
  examples: [
    { call: "containers", what: "what 'from' made" },
    { call: "containers --all", what: "those of 'run' and 'create' as well" },
    { call: "containers --format '{{.ContainerName}} {{.ImageName}}'", what: "columns of one's own" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Other containers as well" },
    filterFlag,
    rowFormatFlag,
    { name: "json", type: "boolean", help: "Print JSON" },
    { name: "noheading", short: "n", type: "boolean", help: "No column headings" },
    { name: "notruncate", type: "boolean", help: "Whole IDs and names" },
    { name: "quiet", short: "q", type: "boolean", help: "Only IDs" },
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { listContainers } = await import("../../container/mod.ts");
    const filters = parseFilters(flags.strings("filter"), filterNames, "containers");
    const all = flags.boolean("all");
    const rows = (await listContainers(await store()))
      .filter((container) => all || isWorking(container))
      .filter((container) => {
        const wanted = (name: string, value: string) =>
          filters.get(name)?.some((text) => value.includes(text)) ?? true;
        return (
          wanted("name", container.name) &&
          wanted("id", container.id) &&
          wanted("ancestor", container.settings.image)
        );
      })
      .reverse();
    if (flags.boolean("json")) terminal.out(`${goJson(rows.map(jsonRow), 4)}\n`);
    else if (flags.boolean("quiet")) for (const { id } of rows) terminal.out(`${id}\n`);
    else if (flags.string("format")) writeRows(terminal, rows, format, { format: flags.string("format") });
    else {
      const whole = flags.boolean("notruncate");
      const lines = rows.map((row) => lineOf(cellsOf(row, whole), whole));
      if (!flags.boolean("noheading")) lines.unshift(lineOf(headings, whole));
      for (const line of lines) terminal.out(`${visible(line)}\n`);
    }
    return 0;
  },
} satisfies Command;

const headings = ["CONTAINER ID", "BUILDER", "IMAGE ID", "IMAGE NAME", "CONTAINER NAME"];

function imageIdOf({ settings }: Container): string {
  return settings.imageId === "" ? "" : digestHex(settings.imageId);
}

function cellsOf(container: Container, whole: boolean): string[] {
  const { id, name, settings } = container;
  const cut = (text: string, length: number) => (whole ? text : text.slice(0, length));
  const image = settings.image;
  const shown = whole || image.length <= 32 ? image : `${image.slice(0, 29)}...`;
  return [cut(id, 12), isWorking(container) ? "   *" : "", cut(imageIdOf(container), 12), shown, name];
}

/** Buildah's columns have one width whatever is in them. */
function lineOf([id, builder, image, imageName, name]: readonly string[], whole: boolean): string {
  const width = whole ? 64 : 12;
  const cells = [id!.padEnd(width), `${builder!.padEnd(8)}`, image!.padEnd(width), imageName!.padEnd(32)];
  return `${cells[0]}  ${cells[1]} ${cells[2]} ${cells[3]} ${name}`;
}

function jsonRow(container: Container): Record<string, unknown> {
  return {
    id: container.id,
    builder: isWorking(container),
    imageid: imageIdOf(container),
    imagename: container.settings.image,
    containername: container.name,
  };
}

const format: RowFormat<Container> = {
  typeName: "*containers.containerOutputParams",
  table: "{{.ContainerID}}\t{{.Builder}}\t{{.ImageID}}\t{{.ImageName}}\t{{.ContainerName}}",
  fields: {
    ContainerID: { header: "CONTAINER ID", value: ({ id }) => id.slice(0, 12) },
    Builder: { header: "BUILDER", value: (container) => (isWorking(container) ? "   *" : "") },
    ImageID: { header: "IMAGE ID", value: (container) => imageIdOf(container).slice(0, 12) },
    ImageName: { header: "IMAGE NAME", value: ({ settings }) => settings.image },
    ContainerName: { header: "CONTAINER NAME", value: ({ name }) => name },
  },
};
