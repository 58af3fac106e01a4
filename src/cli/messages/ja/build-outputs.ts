import type { Catalogue } from "../catalogue.ts";

export const buildOutputs: Catalogue = {
  "the annotation {} is for an index, and an image of one platform has none":
    "アノテーション {1} はインデックスのものですが、プラットフォームがひとつのイメージにインデックスはありません",
  "put it on the manifest: --annotation KEY=VALUE; or build for several platforms":
    "マニフェストに付けるか（--annotation キー=値）、複数のプラットフォーム向けにビルドしてください",
  "Docker's media types have no place for the annotation {}":
    "Docker のメディアタイプにはアノテーション {1} を置く場所がありません",
  "leave --format docker or oci-mediatypes=false out":
    "--format docker や oci-mediatypes=false を外してください",
  "manifest {} is not of this build": "マニフェスト {1} はこのビルドのものではありません",
};
