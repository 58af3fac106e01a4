import {
  type GoType,
  goAny,
  goInt,
  goInt64,
  goString,
  map,
  pointer,
  slice,
  struct,
} from "../../template/mod.ts";

/** What buildx's templates see: the Go types of OCI's specification, over the same JSON. */
const platform = struct("v1.Platform", {
  Architecture: { type: goString, json: "architecture" },
  OS: { type: goString, json: "os" },
  OSVersion: { type: goString, json: "os.version", omitEmpty: true },
  OSFeatures: { type: slice(goString), json: "os.features", omitEmpty: true },
  Variant: { type: goString, json: "variant", omitEmpty: true },
});

const descriptorFields = {
  MediaType: { type: goString, json: "mediaType" },
  Digest: { type: goString, json: "digest" },
  Size: { type: goInt64, json: "size" },
  URLs: { type: slice(goString), json: "urls", omitEmpty: true },
  Annotations: { type: map(goString, goString), json: "annotations", omitEmpty: true },
  Data: { type: goString, json: "data", omitEmpty: true },
  Platform: { type: pointer(platform), json: "platform", omitEmpty: true },
  ArtifactType: { type: goString, json: "artifactType", omitEmpty: true },
};
const descriptor = struct("v1.Descriptor", descriptorFields);

const index = struct("struct", {
  SchemaVersion: { type: goInt, json: "schemaVersion" },
  MediaType: { type: goString, json: "mediaType", omitEmpty: true },
  Digest: { type: goString, json: "digest" },
  Size: { type: goInt64, json: "size" },
  Manifests: { type: slice(descriptor), json: "manifests" },
  Annotations: { type: map(goString, goString), json: "annotations", omitEmpty: true },
});

const empty = struct("struct {}", {});
const imageConfig = struct("v1.ImageConfig", {
  User: { type: goString, omitEmpty: true },
  ExposedPorts: { type: map(goString, empty), omitEmpty: true },
  Env: { type: slice(goString), omitEmpty: true },
  Entrypoint: { type: slice(goString), omitEmpty: true },
  Cmd: { type: slice(goString), omitEmpty: true },
  Volumes: { type: map(goString, empty), omitEmpty: true },
  WorkingDir: { type: goString, omitEmpty: true },
  Labels: { type: map(goString, goString), omitEmpty: true },
  StopSignal: { type: goString, omitEmpty: true },
});
const image = struct("v1.Image", {
  Created: { type: goAny, json: "created", omitEmpty: true },
  Author: { type: goString, json: "author", omitEmpty: true },
  Architecture: { type: goString, json: "architecture" },
  Variant: { type: goString, json: "variant", omitEmpty: true },
  OS: { type: goString, json: "os" },
  OSVersion: { type: goString, json: "os.version", omitEmpty: true },
  OSFeatures: { type: slice(goString), json: "os.features", omitEmpty: true },
  Config: { type: imageConfig, json: "config", omitEmpty: false },
  RootFS: {
    type: struct("v1.RootFS", {
      Type: { type: goString, json: "type" },
      DiffIDs: { type: slice(goString), json: "diff_ids" },
    }),
    json: "rootfs",
  },
  History: { type: slice(goAny), json: "history", omitEmpty: true },
});

/** The type of what imageDetails() gives; `isMany` where there are several platforms. */
export function detailsType(options: { isIndex: boolean; isMany: boolean }): GoType {
  const { isIndex, isMany } = options;
  return struct(isMany ? "imagetools.tplInputs" : "imagetools.tplInput", {
    Name: { type: goString, json: "name", omitEmpty: true },
    Manifest: { type: isIndex ? index : descriptor, json: "manifest", omitEmpty: true },
    Image: {
      type: isMany ? map(goString, pointer(image)) : pointer(image),
      json: "image",
      omitEmpty: true,
    },
  });
}
