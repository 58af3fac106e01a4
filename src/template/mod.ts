/**
 * Go's text/template with docker's functions, for `--format`. It knows no containers: values and their types are given to it.
 *
 *   new Template("{{range .Layers}}{{.Size}} {{end}}").execute({ Layers: [{ Size: 1 }] });   // "1 "
 *
 * Values are JSON with a Go type. Without one, strings are `string`, booleans `bool`, whole numbers `int`, others `float64`, arrays
 * `[]interface {}`, objects `map[string]interface {}`, and null is nil. Where a program's output depends on more (fields that are zero when they
 * are absent, structs that print as `{a b}`, named types in error texts, methods), say it:
 *
 *   const config = struct("container.Config", {
 *     User: goString,
 *     Env: slice(goString),
 *     Volumes: { type: map(goString, struct("struct {}", {})), omitEmpty: true },
 *   });
 *   const inspect = struct("types.ImageInspect", { ID: { type: goString, json: "Id" }, Config: pointer(config), Size: goInt64 });
 *   new Template("{{.ID}} {{.Config.User}}").execute(jsonOfTheImage, { type: inspect });
 *
 * The data stays as it is and is read only where the template asks for it. What prints through Go's String() says so with `text`
 * (goTime, goDuration), what has methods with `methods`.
 */
export { durationText, goDuration, goTime } from "./go-time.ts";
export {
  type FieldOptions,
  type GoType,
  goAny,
  goBool,
  goFloat32,
  goFloat64,
  goInt,
  goInt32,
  goInt64,
  goJsonNumber,
  goRawJson,
  goString,
  goUint8,
  goUint16,
  goUint32,
  goUint64,
  type Method,
  map,
  named,
  pointer,
  slice,
  struct,
} from "./go-type.ts";
export { limits, TemplateError } from "./limits.ts";
export { Template } from "./template.ts";
