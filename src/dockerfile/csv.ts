import { ArgumentError } from "./arguments.ts";

/**
 * Fields of one line of comma-separated values; a field may stand in double quotes, in which `""` is a quote.
 * @throws ArgumentError
 */
export function splitCsv(line: string): string[] {
  const fields: string[] = [];
  let position = 0;
  for (;;) {
    let field = "";
    if (line[position] === '"') {
      const match = /"((?:[^"]|"")*)"/y;
      match.lastIndex = position;
      const found = match.exec(line);
      if (!found) throw new ArgumentError(`a quote is not closed in ${JSON.stringify(line)}`);
      field = found[1]!.replaceAll('""', '"');
      position = match.lastIndex;
      if (position < line.length && line[position] !== ",") {
        throw new ArgumentError(`a quoted field must end at a comma in ${JSON.stringify(line)}`);
      }
    } else {
      const comma = line.indexOf(",", position);
      field = line.slice(position, comma < 0 ? undefined : comma);
      position = comma < 0 ? line.length : comma;
    }
    fields.push(field);
    if (position >= line.length) return fields;
    position++;
  }
}
