import { didYouMean } from "../lib/mod.ts";
import { ArgumentError } from "./arguments.ts";
import { splitCsv } from "./csv.ts";

/** One `RUN --device`. */
export interface RunDevice {
  /** `vendor.com/class=name`, or a class, or a wildcard: which devices that are is found when the step runs. */
  readonly name: string;
  /** The step fails where there is none. */
  readonly required: boolean;
}

/** `NAME[,required]`, `name=NAME,required=true`. @throws ArgumentError */
export function parseRunDevice(text: string): RunDevice {
  let name: string | undefined;
  let required = false;
  for (const field of splitCsv(text)) {
    const at = field.indexOf("=");
    const key = (at < 0 ? field : field.slice(0, at)).toLowerCase();
    const value = at < 0 ? undefined : field.slice(at + 1);
    if (key === "required") required = value === undefined || boolean(value);
    else if (key === "name" && value !== undefined) {
      if (name !== undefined)
        throw new ArgumentError(`--device has a name already: ${name}`, { mark: field });
      name = value;
    } else if (name === undefined) name = field;
    else {
      throw new ArgumentError(`unknown key ${JSON.stringify(key)} in --device`, {
        hint: didYouMean(key, ["name", "required"]) ?? "write --device=vendor.com/class=name[,required]",
        mark: key,
      });
    }
  }
  if (name) return { name, required };
  throw new ArgumentError("--device needs the name of a device", {
    hint: "write --device=vendor.com/class=name[,required]",
  });
}

function boolean(text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new ArgumentError(`required in --device is true or false, not ${JSON.stringify(text)}`, {
    mark: text,
  });
}
