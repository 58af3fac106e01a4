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
  "mode=delete would empty {}, which is more than an output directory":
    "mode=delete は {1} を空にしてしまいますが、出力専用のディレクトリではありません",
  "name a directory of its own: dest=out": "専用のディレクトリを指定してください: dest=out",
  "two outputs cannot both go to standard output": "ふたつの出力を標準出力に出すことはできません",
  "--squash and --squash-all cannot both be given": "--squash と --squash-all は同時に指定できません",
  "a name is needed to push to a registry": "レジストリにプッシュするには名前が必要です",
  "give one: -t REGISTRY/REPOSITORY:TAG": "付けてください: -t レジストリ/リポジトリ:タグ",
  "invalid annotation {}: KEY=VALUE is expected":
    "アノテーション {1} が正しくありません: キー=値 の形で書きます",
  "unknown annotation level {}: {}": "アノテーションを付ける場所 {1} は使えません: {2}",
  "the annotation level {*} has a platform, and there is one index for all of them":
    "アノテーションの場所 {1} にプラットフォームが付いていますが、インデックスは全体でひとつです",
  "unknown type {} of --output: {}": "--output の type {1} は使えません: {2}",
  "--output type=local needs a directory: dest=DIR":
    "--output type=local にはディレクトリが必要です: dest=ディレクトリ",
  "unknown mode {} of --output: copy or delete": "--output の mode {1} は使えません: copy か delete です",
  "--output type={},tar=false needs a directory: dest=DIR":
    "--output type={1},tar=false にはディレクトリが必要です: dest=ディレクトリ",
  "unknown compression {}: gzip, zstd or uncompressed":
    "圧縮方式 {1} は使えません: gzip、zstd、uncompressed のどれかです",
  "invalid compression level {}": "圧縮レベル {1} が正しくありません",
  "invalid value of --output: {*}": "--output の値が正しくありません: {1}",
  "invalid value of --output: {} is not KEY=VALUE":
    "--output の値が正しくありません: {1} は キー=値 ではありません",
  "--output type={} has no {}: {}": "--output type={1} に {2} はありません: {3}",
  "{} of --output type={} is empty": "--output type={2} の {1} が空です",
  "{} of --output type={} is true or false, not {}":
    "--output type={2} の {1} は true か false です。{3} は使えません",
  "pushing {}": "プッシュしています: {1}",
  "wrote {*}": "書き込みました: {1}",
  "pushed {}/{}:{}@{}": "プッシュしました: {1}/{2}:{3}@{4}",
  "pushed {}/{}@{}": "プッシュしました: {1}/{2}@{3}",
  "name a file with dest=FILE, or redirect the output":
    "dest=ファイル で指定するか、出力をリダイレクトしてください",
  "Where the result goes: image, registry, oci, docker, tar, local or cacheonly; may be repeated":
    "結果の出力先: image、registry、oci、docker、tar、local、cacheonly。繰り返せます",
  "Push the result: -o type=registry": "結果をプッシュする: -o type=registry",
  "Keep the result in the store beside other outputs: -o type=docker":
    "ほかの出力とともに結果をストアにも置く: -o type=docker",
  "1 to 9 for gzip (6), 1 to 19 for zstd (3)": "gzip は 1〜9（既定 6）、zstd は 1〜19（既定 3）",
  "The base's layers get the compression too": "ベースのレイヤーもこの圧縮にする",
  "Media types of the manifest: oci (default) or docker":
    "マニフェストのメディアタイプ: oci（既定）か docker",
  "Annotation of manifest (default), manifest-descriptor, index or index-descriptor":
    "アノテーション。場所は manifest（既定）、manifest-descriptor、index、index-descriptor",
  "Make one layer of the new ones": "新しいレイヤーをひとつにまとめる",
  "Make one layer of all, the base's included": "ベースも含め、すべてのレイヤーをひとつにまとめる",
  "Write digests and names to a file, as JSON with buildx's keys":
    "ダイジェストと名前をファイルに書く（buildx と同じキーの JSON）",
  "Run every RUN twice; where one differs say in which files, write nothing, and end with 1":
    "すべての RUN を 2 回実行し、違うものがあればそのファイルを示し、何も出力せずに 1 で終わる",
  "The same as --timestamp": "--timestamp と同じ",
  "No file of a new layer is younger than the time of the build":
    "新しいレイヤーのファイルの時刻を、ビルドの時刻より後にしない",
  "every RUN gave the same twice": "すべての RUN が 2 回とも同じ結果になりました",
  "not reproducible": "再現しません",
  "and {} more files": "ほか {1} ファイル",
  "only there the second time": "2 回目だけにあります",
  "not there the second time": "2 回目にはありません",
  "the content differs": "内容が違います",
  "gzip wrote the time into its header: use gzip -n":
    "gzip がヘッダーに時刻を書いています: gzip -n を使ってください",
  "Python wrote the time of the source into it: compile with --invalidation-mode checked-hash":
    "Python が元ファイルの時刻を書いています: --invalidation-mode checked-hash でコンパイルしてください",
  "the content differs from byte {} on": "{1} バイト目から内容が違います",
  "an attestation has no children": "証明に子はありません",
  "the scanner {*} left {} files in /run/out": "スキャナー {1} が /run/out に残したファイルは {2} 個です",
  "{} of {*}": "{2} の {1}",
  "it has no predicateType or no predicate": "predicateType か predicate がありません",
  "{*} is not an in-toto statement: {*}": "{1} は in-toto ステートメントではありません: {2}",
  "unknown type {} of --attest: provenance or sbom":
    "--attest の type {1} は使えません: provenance か sbom です",
  "--{} has no {}: {}": "--{1} に {2} はありません: {3}",
  "unknown mode {} of --provenance: min or max": "--provenance の mode {1} は使えません: min か max です",
  "provenance is written as v1 of SLSA, not {}": "プロヴナンスは SLSA の v1 で書かれます。{1} は使えません",
  "invalid value {} of an attestation: KEY=VALUE is expected":
    "証明の指定 {1} が正しくありません: キー=値 の形で書きます",
  "it is to leave in-toto statements there, as docker/buildkit-syft-scanner does":
    "docker/buildkit-syft-scanner のように、そこに in-toto ステートメントを残すものを使ってください",
  "use a scanner that keeps to BuildKit's protocol": "BuildKit のプロトコルに従うスキャナーを使ってください",
  "Say how it was built, in an artifact beside the image (SLSA v1); max with arguments and Dockerfile":
    "どうビルドしたかをイメージに添える（SLSA v1）。max なら引数と Dockerfile も",
  "Scan the result with an image that keeps to BuildKit's protocol":
    "BuildKit のプロトコルに従うイメージで結果をスキャンする",
  "type=provenance or type=sbom, with what the two flags above take":
    "type=provenance か type=sbom。値は上のふたつと同じ",
  "to run programs of {} here, install the package qemu-user-static (binfmt); a stage FROM --platform=$BUILDPLATFORM needs none":
    "{1} のプログラムをここで動かすには、パッケージ qemu-user-static（binfmt）を入れてください。FROM --platform=$BUILDPLATFORM のステージには要りません",
  "the emulator of {} is registered without the flag F, so the kernel looks for it inside the image: install qemu-user-static, which registers it with F":
    "{1} のエミュレーターがフラグ F なしで登録されているため、カーネルはイメージの中で探します。F 付きで登録する qemu-user-static を入れてください",
  "manifest {} is not of this build": "マニフェスト {1} はこのビルドのものではありません",
  "cannot write {}: no space left on the device": "{1} に書き込めません: デバイスに空き容量がありません",
  "cannot write to {}: {*}": "{1} に書き込めません: {2}",
  "{} is no directory that can be written": "{1} は書き込めるディレクトリではありません",
  "free some space there, or name another file": "そこの空き容量を増やすか、別のファイルを指定してください",
  "free some space where {} is": "{1} がある場所の空き容量を増やしてください",
  "free some space where {} is, or name another directory":
    "{1} がある場所の空き容量を増やすか、別のディレクトリを指定してください",
  "look at who may write to {}": "{1} に書き込む権限を確認してください",
  "name another directory, or move away what is there":
    "別のディレクトリを指定するか、そこにあるものをどけてください",
  "--layers=false is --squash, as buildah and podman have it":
    "--layers=false は --squash と同じ（buildah、podman と同じ書き方）",
};
