import type { FoundRepository, RegistryClient } from "../../distribution/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { registryClients, registryFlags } from "../registries/connect.ts";
import { ellipsis } from "../text/ellipsis.ts";

const defaultLimit = 25;
const largestLimit = 100;

export default {
  name: "search",
  summary: "Search a registry for images",
  usage: "[OPTIONS] TERM",
  description:
    "TERM is looked for on Docker Hub, or with HOST/TERM in another registry: in its index where it has one, else among the names of its repositories, which HOST/ lists whole.",
  examples: [
    { call: "search --filter is-official=true --filter stars=100 postgres", what: "on Docker Hub" },
    { call: "search localhost:5000/app", what: "repositories of a registry with 'app' in their name" },
    { call: "search --list-tags localhost:5000/app", what: "the tags of one repository" },
    { call: "search --format '{{.Name}}' --limit 100 nginx", what: "names only" },
  ],
  flags: [
    {
      name: "filter",
      short: "f",
      type: "strings",
      value: "FILTER",
      help: "stars=NUMBER (at least), is-official=true|false",
    },
    {
      name: "limit",
      type: "number",
      value: "NUMBER",
      help: `At most so many, 1 to ${largestLimit} (default ${defaultLimit})`,
    },
    { name: "no-trunc", type: "boolean", help: "Whole descriptions" },
    { name: "list-tags", type: "boolean", help: "The tags of the repository TERM" },
    rowFormatFlag,
    ...registryFlags,
  ],
  arguments: { min: 1, max: 1 },
  async run(context) {
    const { flags, terminal } = context;
    const limit = flags.number("limit") ?? defaultLimit;
    if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
      throw usage(`limit ${limit} is outside the range of [1, ${largestLimit}]`, "search");
    }
    const keep = readFilters(flags.strings("filter"));
    if (flags.boolean("list-tags")) return listTags(context, limit);
    const { host, term } = splitTerm(flags.arguments[0]!);
    const client = (await registryClients(flags))(host);
    const found = await findRepositories(client, term, { keep, limit, signal: context.signal });
    const format = flags.string("format");
    const isWhole = flags.boolean("no-trunc");
    writeRows(terminal, found, searchFormat({ isWhole, isJson: format === "json" }), { format });
    return 0;
  },
} satisfies Command;

/** As docker tells a registry from the first part of a name. */
function splitTerm(text: string): { host: string; term: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, slash);
  const isHost = slash > 0 && (/[.:]/.test(first) || first === "localhost");
  const host = isHost ? first : "docker.io";
  const term = isHost ? text.slice(slash + 1) : text;
  // Docker Hub's official images have names without their namespace.
  return { host, term: host === "docker.io" ? term.replace(/^library\//, "") : term };
}

interface Search {
  readonly keep: (repository: FoundRepository) => boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
}

async function findRepositories(
  client: RegistryClient,
  term: string,
  { keep, limit, signal }: Search,
): Promise<FoundRepository[]> {
  // A whole list is asked of the catalogue at once.
  const found = term === "" ? undefined : await client.search(term, { limit, signal });
  if (found) return found.filter(keep).slice(0, limit);
  const named: FoundRepository[] = [];
  const wanted = term.toLowerCase();
  for await (const name of client.catalog({ signal })) {
    const repository = { name: `${client.host}/${name}`, description: "", stars: 0, isOfficial: false };
    if (name.toLowerCase().includes(wanted) && keep(repository)) named.push(repository);
    if (named.length >= limit) break;
  }
  return named;
}

/** @throws KasaneError `usage` */
function readFilters(texts: readonly string[]): Search["keep"] {
  const tests = texts
    .flatMap((text) => text.split(","))
    .map((text): Search["keep"] => {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      if (name === "stars" && value !== undefined && /^\d+$/.test(value)) {
        return ({ stars }) => stars >= Number(value);
      }
      if (name === "is-official" && (value === "true" || value === "false")) {
        return ({ isOfficial }) => isOfficial === (value === "true");
      }
      // No index tells any more which images are built automatically.
      if (name === "is-automated" && (value === "true" || value === "false")) return () => value === "false";
      throw usage(`invalid filter ${JSON.stringify(text)}: stars=NUMBER or is-official=true|false`, "search");
    });
  return (repository) => tests.every((test) => test(repository));
}

function searchFormat(options: { isWhole: boolean; isJson: boolean }): RowFormat<FoundRepository> {
  const { isWhole, isJson } = options;
  return {
    typeName: "*registry.searchContext",
    fields: {
      Name: { header: "NAME", value: ({ name }) => name },
      Description: {
        header: "DESCRIPTION",
        value({ description }) {
          const line = description.replaceAll(/[\n\r]/g, " ");
          return isWhole ? line : ellipsis(line, 45);
        },
      },
      StarCount: { header: "STARS", value: ({ stars }) => String(stars) },
      IsOfficial: {
        header: "OFFICIAL",
        value: ({ isOfficial }) => (isJson ? String(isOfficial) : isOfficial ? "[OK]" : ""),
      },
    },
    table: "{{.Name}}\\t{{.Description}}\\t{{.StarCount}}\\t{{.IsOfficial}}",
  };
}

interface TagRow {
  readonly name: string;
  readonly tag: string;
}

const tagFormat: RowFormat<TagRow> = {
  typeName: "images.listEntryTag",
  fields: {
    Name: { header: "NAME", value: ({ name }) => name },
    Tag: { header: "TAG", value: ({ tag }) => tag },
  },
  table: "{{.Name}}\\t{{.Tag}}",
};

async function listTags({ flags, terminal, signal }: CommandContext, limit: number): Promise<number> {
  const { familiarName, parseReference } = await import("../../oci/mod.ts");
  const reference = parseReference(flags.arguments[0]!);
  const client = (await registryClients(flags))(reference.host);
  const rows: TagRow[] = [];
  for await (const tag of client.listTags(reference.repository, { signal })) {
    if (rows.length >= limit) break;
    rows.push({ name: familiarName(reference), tag });
  }
  writeRows(terminal, rows, tagFormat, { format: flags.string("format") });
  return 0;
}
