import type { Catalogue } from "../catalogue.ts";

export const image: Catalogue = {
  "cannot write {}: {}": "{1} に書き込めません: {2}",
  "cannot keep the archive in {}: {*}": "アーカイブを {1} に置いておけません: {2}",
  "cannot open the archive {}: no such file": "アーカイブ {1} を開けません: そのようなファイルはありません",
  "cannot open the archive {}: {*}": "アーカイブ {1} を開けません: {2}",
  "check its path": "パスを確かめてください",
  "an image of {} layers has a history of {}": "レイヤーが {1} 個のイメージに、履歴が {2} 個あります",
  "manifest {} is not there": "マニフェスト {1} がありません",
  "a part of the image is missing where it came from: save or copy it anew":
    "元の場所にイメージの一部がありません。保存かコピーをやり直してください",
  "manifest {}": "マニフェスト {1}",
  "indexes are nested deeper than the limit of {}": "インデックスの入れ子が上限の {1} を超えています",
  "the copy was cancelled": "コピーは中止されました",
  "the index has more than {} manifests or {} bytes of them":
    "インデックスのマニフェストが {1} 個、または {2} バイトを超えています",
  "{} is not empty, and holds no image that could be replaced":
    "{1} は空ではなく、置き換えられるイメージもありません",
  "name a new directory": "新しいディレクトリを指定してください",
  "cannot write {}: {*}": "{1} に書き込めません: {2}",
  "cannot open the directory {}: {*}": "ディレクトリ {1} を開けません: {2}",
  "is not a list": "がリストではありません",
  "has an entry that is not an object": "にオブジェクトでない項目があります",
  "has an entry without Config": "に Config のない項目があります",
  "has Layers that are not a list of paths": "の Layers がパスのリストではありません",
  "has RepoTags that are not a list of names": "の RepoTags が名前のリストではありません",
  "names the config {}, which is not in the archive": "の指す設定 {1} がアーカイブにありません",
  "names {} layers, and the config {}": "のレイヤーは {1} 個、設定では {2} 個です",
  "manifest {} is not in the archive": "マニフェスト {1} がアーカイブにありません",
  "get the archive again, or save it anew: a part of it is missing":
    "アーカイブを取得し直すか、保存し直してください。一部が欠けています",
  "blob {} is not in the archive": "ブロブ {1} がアーカイブにありません",
  "names the layer {}, which is not in the archive": "の指すレイヤー {1} がアーカイブにありません",
  "layer {} of the archive is compressed with {*}": "アーカイブのレイヤー {1} は {2} で圧縮されています",
  "layers are plain, gzip or zstd: save the image anew with docker, podman or kasane":
    "レイヤーは無圧縮、gzip、zstd のどれかです。docker、podman、kasane のどれかでイメージを保存し直してください",
  "manifest.json has a name that is none: {*}": "manifest.json に正しくない名前があります: {1}",
  "manifest.json {*}": "manifest.json {1}",
  "the archive has no file {}": "アーカイブにファイル {1} がありません",
  "{} has {} bytes, not {}": "{1} は {3} ではなく {2} バイトです",
  "the manifest has {} layers, its config {}": "マニフェストのレイヤーは {1} 個、設定では {2} 個です",
  "layer {} has the type {}, which Kasane cannot unpack":
    "レイヤー {1} の種類 {2} は Kasane では展開できません",
  "it can be copied, pushed and saved as it is; what is unpacked has layers of plain, gzip or zstd tar":
    "そのままコピー、push、保存ができます。展開できるのは、無圧縮、gzip、zstd の tar のレイヤーです",
  "oci-layout has the version {}, not 1.0.0": "oci-layout の版が 1.0.0 ではなく {1} です",
  "index.json is not valid: {*}": "index.json が正しくありません: {1}",
  "index.json is not an image index": "index.json がイメージインデックスではありません",
  "{*} has no image: name the one you mean": "{1} にイメージがありません: どれを使うか指定してください",
  "{*} has {} images: name the one you mean": "{1} にイメージが {2} 個あります: どれを使うか指定してください",
  "it has {}": "あるのは {1} です",
  "it has no image at all": "イメージはひとつもありません",
  "{*} has no image {}": "{1} にイメージ {2} はありません",
  "OCI layout {}": "OCI レイアウト {1}",
  "{} is not a readable OCI layout: it has no {*}": "{1} は OCI レイアウトとして読めません: {2} がありません",
  "{} is not a readable OCI layout: {*}: {*}": "{1} は OCI レイアウトとして読めません: {2}: {3}",
  "name the directory that has oci-layout and index.json":
    "oci-layout と index.json のあるディレクトリを指定してください",
  "manifest {} of {} bytes arrived as {} of {} bytes":
    "{2} バイトのマニフェスト {1} が、{4} バイトの {3} として届きました",
  "manifest {} has bytes of the digest {}": "マニフェスト {1} のバイトのダイジェストは {2} です",
  "an artifact of type {} cannot be a Docker image":
    "{1} という種類のアーティファクトは Docker イメージにできません",
  "keep it in OCI form: leave the conversion out": "OCI 形式のままにして、変換の指定を外してください",
  "the archive was written by a Docker before 1.10": "このアーカイブは 1.10 より前の Docker が書いたものです",
  "load and save it once with a current Docker to convert it":
    "今の Docker で一度 load して save し、変換してください",
  "this is no image archive: it has neither index.json nor manifest.json":
    "これはイメージのアーカイブではありません: index.json も manifest.json もありません",
  "for a plain root file system use import":
    "ただのルートファイルシステムなら kasane import を使ってください",
  decompress: "伸張",
  compress: "圧縮",
  "cannot {*} the archive: {*} is not installed":
    "アーカイブを{1}できません: {2} がインストールされていません",
  "install {*}, or decompress the archive first":
    "{1} をインストールするか、先にアーカイブを伸張してください",
  "install {*}, or use gzip or zstd": "{1} をインストールするか、gzip か zstd を使ってください",
  "{*} cannot {*} the archive: {}": "{1} でアーカイブを{2}できません: {3}",
  "the image has the digest {}, not {} as its name says":
    "イメージのダイジェストは {1} で、名前にある {2} ではありません",
  "push it under a tag": "タグを付けて push してください",
  "index names the index {} as an image manifest":
    "インデックスが、インデックス {1} をイメージマニフェストとして挙げています",
  "the image has nothing for the platform {}": "このイメージにはプラットフォーム {1} のものがありません",
  "it is there for {}": "あるのは {1} 用です",
  "its index has no images": "インデックスにイメージがありません",
  "this is no container image but an artifact of type {}":
    "これはコンテナイメージではなく、{1} という種類のアーティファクトです",
  "it can be pulled, pushed and saved; run, build and export need an image":
    "pull、push、保存はできます。run、build、export にはイメージが必要です",
  "image config {} of {} bytes is larger than the limit of {} bytes":
    "{2} バイトのイメージ設定 {1} は上限の {3} バイトを超えています",
  "image config {}": "イメージ設定 {1}",
  "more than the announced {} bytes arrived": "予告された {1} バイトより多く届きました",
  "{} of {} bytes arrived": "{2} バイトのうち {1} バイトしか届きませんでした",
  "the bytes have the digest {}": "バイトのダイジェストは {1} です",
  "blob {} is not what it should be: {*}": "ブロブ {1} が期待したものと違います: {2}",
  more: "多く",
  fewer: "少なく",
  "blob {} arrived with {*} than {} bytes": "ブロブ {1} が {3} バイトより{2}届きました",
  "{} is not a valid digest": "{1} は正しいダイジェストではありません",
  "a digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits":
    "ダイジェストは sha256: に 64 桁、または sha512: に 128 桁の小文字の 16 進数が続いたものです",
  "{*} is not a JSON object": "{1} が JSON のオブジェクトではありません",
  "{*} of {} bytes is larger than the limit of {} bytes":
    "{1} は {2} バイトあり、上限の {3} バイトを超えています",
  "{*} is not valid UTF-8": "{1} が正しい UTF-8 ではありません",
  "{*} is not valid JSON: {*}": "{1} が正しい JSON ではありません: {2}",
  "{*} names the key {} twice": "{1} に同じキー {2} が 2 回あります",
  "{*} has an object with more than the limit of {} keys":
    "{1} に、キーが上限の {2} 個より多いオブジェクトがあります",
  "{*} is nested deeper than the limit of {} levels": "{1} の入れ子が上限の {2} 段を超えています",
  "image config": "イメージ設定",
  "a string": "文字列",
  "a list of strings": "文字列のリスト",
  'has no rootfs of type "layers"': 'に種類が "layers" の rootfs がありません',
  "has a rootfs.diff_ids that is not a list of digests":
    "の rootfs.diff_ids がダイジェストのリストではありません",
  layers: "レイヤー",
  "a list of objects": "オブジェクトのリスト",
  "history entries": "履歴の項目",
  "an object": "オブジェクト",
  "true or false": "true か false",
  "an object of strings": "文字列のオブジェクト",
  "a number": "数値",
  "has a {*}{*} that is not {*}": "の {1}{2} が{3}ではありません",
  "has a config.{*} that is not {*}": "の config.{1} が{2}ではありません",
  "image config has {} {*}, more than the limit of {}":
    "イメージ設定の{2}が {1} 個あり、上限の {3} 個を超えています",
  "image config {*}": "イメージ設定 {1}",
  "is not an object": "がオブジェクトではありません",
  "has no valid mediaType": "に正しい mediaType がありません",
  "has no valid digest": "に正しい digest がありません",
  "has no valid size": "に正しい size がありません",
  "is not an object of strings": "が文字列のオブジェクトではありません",
  "is not a string": "が文字列ではありません",
  "is not a list of strings": "が文字列のリストではありません",
  "manifest is not valid: {*} {*}": "マニフェストが正しくありません: {1} {2}",
  manifest: "マニフェスト",
  "is ambiguous: it has the key {}": "がどちらともとれます: キー {1} があります",
  "has no schemaVersion 2": "に schemaVersion 2 がありません",
  "has an artifactType that is not a string": "の artifactType が文字列ではありません",
  "is ambiguous: an index with layers or config":
    "がどちらともとれます: layers か config のあるインデックスです",
  manifests: "マニフェスト",
  "is ambiguous: an image manifest with manifests or fsLayers":
    "がどちらともとれます: manifests か fsLayers のあるイメージマニフェストです",
  "has no config": "に config がありません",
  "manifest {} arrived as {}": "マニフェスト {1} が {2} として届きました",
  "has a mediaType that is not a string": "の mediaType が文字列ではありません",
  "manifest is of Docker's schema 1, which Kasane does not read":
    "マニフェストが Docker のスキーマ 1 です。Kasane はこれを読みません",
  "pull and push the image once with a current Docker to convert it":
    "今の Docker で一度 pull して push し、変換してください",
  "is ambiguous: it says {} and was sent as {}":
    "がどちらともとれます: 中身は {1} で、{2} として送られました",
  "is neither an image manifest nor an index": "がイメージマニフェストでもインデックスでもありません",
  "manifest has the unknown media type {}": "マニフェストのメディアタイプ {1} は未知のものです",
  "Kasane reads OCI and Docker schema 2 manifests and indexes":
    "Kasane が読むのは、OCI と Docker スキーマ 2 のマニフェストとインデックスです",
  "has no list {*}": "にリスト {1} がありません",
  "manifest has {} {*}, more than the limit of {}":
    "マニフェストの{2}が {1} 個あり、上限の {3} 個を超えています",
  "manifest {*}": "マニフェスト {1}",
  "{} is not a platform": "{1} はプラットフォームではありません",
  "a platform is os/architecture or os/architecture/variant, like linux/amd64 or linux/arm/v7":
    "プラットフォームは linux/amd64 や linux/arm/v7 のように、OS/アーキテクチャ または OS/アーキテクチャ/バリアント の形で書きます",
  "{} is neither a known operating system nor a known architecture":
    "{1} は、知られている OS でもアーキテクチャでもありません",
  "{} is not a valid image reference: {*}": "{1} は正しいイメージ参照ではありません: {2}",
  "it is empty": "空です",
  "it is too long": "長すぎます",
  "64 hexadecimal digits are an image ID, not a name": "64 桁の 16 進数は名前ではなくイメージ ID です",
  "write sha256:{*} for the image ID": "イメージ ID なら sha256:{1} と書いてください",
  "there is no port {}": "ポート {1} はありません",
  "it starts with a URL scheme": "URL スキームで始まっています",
  "leave http:// or https:// away": "http:// や https:// は付けないでください",
  "the repository name must be lower case": "リポジトリ名は小文字でなければなりません",
  "a part of its name is empty": "名前に空の部分があります",
  "{} cannot be in a name": "{1} は名前に使えません",
  "a name has lower-case letters and digits, separated by . _ __ or -":
    "名前は英小文字と数字で、区切りには . _ __ - を使います",
  "{} is not a tag": "{1} はタグとして使えません",
  "a tag has up to 128 letters, digits, _ . or -, and does not start with . or -":
    "タグは 128 文字までの英数字、_、.、- で、. や - では始められません",
  "its name is longer than {} characters": "名前が {1} 文字より長くなっています",
  "longer than {} characters": "{1} 文字より長くなっています",
  "a { has no }": "{ に対応する } がありません",
  "{} is not a pattern of names: {*}": "{1} は名前のパターンとして使えません: {2}",
  "write a name, or one with * (within a segment), ** (across slashes) and {a,b}":
    "名前、または *（区切りの中）、**（/ をまたぐ）、{a,b} を使ったパターンを書いてください",
};
