import { builtins } from "./builtins.ts";
import { dockerFunctions, headerFunctions } from "./docker-functions.ts";
import { executeTemplate } from "./execute.ts";
import type { FunctionTable, GoFunction } from "./functions.ts";
import type { GoType } from "./go-type.ts";
import { dynamicValue, GoValue } from "./go-value.ts";
import { TemplateError } from "./limits.ts";
import { type ParsedTemplate, parseTemplate } from "./parser.ts";
import type { MissingKey } from "./run.ts";

const functions: FunctionTable = new Map<string, GoFunction>(
  Object.entries({ ...builtins, ...dockerFunctions }),
);
const inHeaders: FunctionTable = new Map<string, GoFunction>([
  ...functions,
  ...Object.entries(headerFunctions),
]);

/** A template that was read and can be used any number of times. */
export class Template {
  readonly #name: string;
  readonly #parsed: ParsedTemplate;

  /** @throws TemplateError `template: :1: …` */
  constructor(text: string, name = "") {
    this.#name = name;
    this.#parsed = parseTemplate(text, { name, functions });
  }

  /**
   * What it makes of the data, of that Go type or of the one that goAny gives it.
   * @throws TemplateError `template: :1:2: executing "" at <.X>: …`
   */
  execute(data: unknown, options: { type?: GoType; missingKey?: MissingKey } = {}): string {
    const { type, missingKey = "default" } = options;
    const value = type ? new GoValue(type, data) : dynamicValue(data);
    return executeTemplate(this.#parsed, value, { name: this.#name, functions, missingKey });
  }

  /** A table's header: functions leave its words alone, and it goes as far as the template can be followed. */
  executeHeader(headers: Readonly<Record<string, string>>, type: GoType): string {
    let text = "";
    const keep = (written: string) => {
      text = written;
    };
    try {
      return executeTemplate(this.#parsed, new GoValue(type, headers), {
        name: this.#name,
        functions: inHeaders,
        keep,
      });
    } catch (error) {
      if (error instanceof TemplateError) return text;
      throw error;
    }
  }
}
