import type { Catalogue } from "../catalogue.ts";

/** Flags of `build` beside those that BuildKit has. */
export const buildFlags: Catalogue = {
  "signatures are not checked here: verify images before, with cosign":
    "ここでは署名を確かめません。先に cosign などでイメージを検証してください",
  "it means something for Windows only": "Windows でだけ意味があります",
  "there is no ignore file at {}": "{1} に ignore ファイルがありません",
  "kasane build has no --{}": "kasane build に --{1} はありません",
  "--all-platforms cannot be found out of an archive on standard input":
    "標準入力のアーカイブからは --all-platforms を調べられません",
  "name the platforms: --platform linux/amd64,linux/arm64":
    "プラットフォームを指定してください: --platform linux/amd64,linux/arm64",
  "--all-platforms, but no stage stands on an image":
    "--all-platforms が指定されましたが、イメージを土台にするステージがありません",
  "there is no platform that all of {} are for": "{1} のすべてが対応するプラットフォームはありません",
  "--all-platforms and --platform cannot both be given":
    "--all-platforms と --platform は同時に指定できません",
  "--stage-labels needs --save-stages": "--stage-labels には --save-stages が必要です",
  "--platform says the same as --os, --arch and --variant":
    "--platform と --os、--arch、--variant は同じことを指定します",
  "invalid --call: {}": "--call の値が正しくありません: {1}",
  '"kasane build" requires exactly 1 argument': '"kasane build" には引数がちょうど 1 つ要ります',
  "{} is no duration": "{1} は時間の長さではありません",
  "cannot write the log to {}: {*}": "ログを {1} に書けません: {2}",
  "{} is no policy of --pull": "{1} は --pull の方針ではありません",
  "RUN cannot be in the network {}": "RUN をネットワーク {1} に置くことはできません",
  "give its path with --ignorefile, or leave that out": "--ignorefile でパスを指定するか、外してください",
  "When base images are looked for in registries (default missing; --pull is always)":
    "ベースイメージをいつレジストリで探すか（既定は missing。--pull は always）",
  "The same as --pull": "--pull と同じ",
  "The same as --pull=never": "--pull=never と同じ",
  "As in --platform": "--platform と同じ",
  "check is --check; outline says what the build can be given, targets which stages there are":
    "check は --check と同じ。outline はビルドに渡せるもの、targets はステージの一覧",
  "As --call": "--call と同じ",
  "Where the log goes instead of standard error": "標準エラーの代わりにログを書くファイル",
  "one of build, check, outline and targets, with format=json or ignorestatus after a comma":
    "build、check、outline、targets のどれか。カンマの後に format=json か ignorestatus を付けられます",
  "name the directory of the files to build from: kasane build .":
    "ビルドするファイルのディレクトリを指定してください: kasane build .",
  "what RUN writes below a VOLUME is part of the image, as BuildKit has it":
    "VOLUME の下に RUN が書いたものは、BuildKit と同じくイメージに入ります",
  "{} is written for the C preprocessor, and there is none here":
    "{1} は C プリプロセッサー用に書かれていますが、この環境にはありません",
  "install it (the package cpp or gcc), or give Kasane what it makes of the file":
    "プリプロセッサー（パッケージ cpp または gcc）をインストールするか、処理後のファイルを渡してください",
  "the C preprocessor makes nothing of {}: {}": "C プリプロセッサーが {1} から何も出力しませんでした: {2}",
  "the C preprocessor says of {}: {}": "{1} について C プリプロセッサーの出力: {2}",
  "try it by itself: cpp -E -traditional -undef FILE":
    "単独で試してください: cpp -E -traditional -undef FILE",
  "build the image here, and make a confidential workload of it elsewhere":
    "ここではイメージをビルドし、confidential workload への変換は別の場所で行ってください",
  "decrypt the image first, for example with skopeo copy":
    "先にイメージを復号してください（例: skopeo copy）",
  "'kasane run' and RUN know no hooks; say it with RUN":
    "'kasane run' と RUN にフックはありません。RUN で書いてください",
  "the image's own /etc/hosts stays as it is: RUN sees another one, which never gets into the image":
    "イメージの /etc/hosts は変わりません。RUN に見えるのは別のファイルで、イメージには入りません",
  "check what a build took afterwards: --provenance=mode=max lists it":
    "ビルドが使ったものは後で確かめてください。--provenance=mode=max に一覧があります",
  "--sbom attaches it to the image": "--sbom でイメージに添付されます",
  "name a scanner's image: --sbom generator=IMAGE":
    "スキャナーのイメージを指定してください: --sbom generator=IMAGE",
  "sign the image when it is pushed, for example with cosign":
    "push した後でイメージに署名してください（例: cosign）",
  "give RUN what it reads with a heredoc, or with --mount":
    "RUN が読むものはヒアドキュメントか --mount で渡してください",
  "as an ordinary user the map is that of /etc/subgid": "一般ユーザーの対応表は /etc/subgid のものです",
  "as an ordinary user the map is that of /etc/subuid": "一般ユーザーの対応表は /etc/subuid のものです",
  "Base of the first stage, in place of its FROM's": "最初のステージの FROM の代わりになるベースイメージ",
  "Variable that each stage begins with, and the image has; ENV goes over it":
    "各ステージの初めからあり、イメージにも入る変数。ENV が優先する",
  "Variable that the image does not get": "イメージに入れない変数",
  "Label that the image does not get": "イメージに入れないラベル",
  "Annotation that the image does not get": "イメージに入れないアノテーション",
  "Labels of base images (default true; false leaves them behind)":
    "ベースイメージのラベルを引き継ぐ（既定は true。false で引き継がない）",
  "The image says nothing of its history": "イメージに履歴を残さない",
  "In place of .dockerignore": ".dockerignore の代わりに使うファイル",
  "Values of ARGs: NAME=VALUE on lines, # for comments": "ARG の値。1 行に NAME=VALUE、# はコメント",
  "Results that are older than this (12h, 30m) are made anew; 0 is --no-cache":
    "これより古い結果（12h、30m）は作り直す。0 は --no-cache と同じ",
  "Put the result into this manifest list, which is made where there is none":
    "結果をこのマニフェストリストに入れる。なければ作る",
  "the file has NAME=VALUE on its lines": "ファイルの各行は NAME=VALUE です",
  "for example 12h, 30m or 1h30m": "例: 12h、30m、1h30m",
  "name a file that can be written with --logfile": "書けるファイルを --logfile で指定してください",
  "one of always, missing, newer and never": "always、missing、newer、never のどれかです",
  "A directory or file of this machine that every RUN sees; no part of the image or the cache's keys":
    "すべての RUN に見せるこのマシンのディレクトリかファイル。イメージにもキャッシュキーにも入らない",
  "one of host, none and default; containers have networks: kasane run --network":
    "host、none、default のどれかです。ネットワークはコンテナのものです: kasane run --network",
};
