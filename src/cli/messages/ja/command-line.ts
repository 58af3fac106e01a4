import type { Catalogue } from "../catalogue.ts";

export const commandLine: Catalogue = {
  "line {}": "{1} 行目",
  warning: "警告",
  "Are you sure you want to continue? [y/N]": "本当に続けますか？ [y/N]",
  hint: "ヒント",
  "check the path: a part of it does not exist": "パスを確かめてください。途中に存在しないものがあります",
  "check the path: a part of it is not a directory":
    "パスを確かめてください。途中にディレクトリでないものがあります",
  "name a file, not a directory": "ディレクトリではなくファイルを指定してください",
  "check who owns it, and whether this user may use it": "所有者と、このユーザーが使えるかを確かめてください",
  "choose a place that can be written": "書き込める場所を選んでください",
  "free some space: 'kasane system prune' removes what is not used":
    "空き容量を増やしてください。使っていないものは 'kasane system prune' で削除できます",
  "allow more open files: ulimit -n 65536": "開けるファイルの数を増やしてください: ulimit -n 65536",
  "the disk may be failing: look at the kernel's messages with dmesg":
    "ディスクが壊れかけているかもしれません。dmesg でカーネルのメッセージを見てください",
  "choose a shorter name": "もっと短い名前にしてください",
  "this is a fault of Kasane: run it again with KASANE_DEBUG=1, and report what it shows":
    "これは Kasane の不具合です。KASANE_DEBUG=1 を付けてもう一度実行し、表示される内容を報告してください",
  "see 'kasane --help'": "'kasane --help' を見てください",
  "see 'kasane {} --help'": "'kasane {1} --help' を見てください",
  "KASANE_DEBUG=1 shows more of what happened": "KASANE_DEBUG=1 を付けると、何が起きたかを詳しく表示します",
  "the data was damaged on its way or where it came from: try again; if it stays so, it has to be pushed or saved anew":
    "データが途中か送り元で壊れています。もう一度試してください。変わらなければ、push か save からやり直す必要があります",
  "it is damaged or was made wrongly: get it again from where it came; if that does not help, it has to be made anew":
    "壊れているか、正しく作られていません。元の場所から取得し直してください。それでも直らなければ、作り直す必要があります",
  "correct it; 'kasane build --check' looks at the whole Dockerfile and builds nothing":
    "直してください。'kasane build --check' は何もビルドせずに Dockerfile 全体を調べます",
  "limits keep bad input from filling memory and disk: make it smaller, or split it":
    "上限は、不正な入力がメモリーやディスクを埋めるのを防ぐためのものです。小さくするか、分けてください",
  "check the connection and the host's name, and try again":
    "接続とホスト名を確かめて、もう一度試してください",
  "the server does not keep to the specification: ask who runs it, or use another":
    "サーバーが仕様に従っていません。運用している人に問い合わせるか、別のサーバーを使ってください",
  "'kasane info' tells how programs are isolated here, and what is missing":
    "プログラムがここでどう隔離され、何が足りないかは 'kasane info' が示します",
  "invalid filter '{}'": "フィルター '{1}' は使えません",
  '"-{}, --{}" flag': 'フラグ "-{1}, --{2}"',
  '"--{}" flag': 'フラグ "--{1}"',
  "invalid argument {} for {*}: must be true or false":
    "{2} に値 {1} は使えません: true か false でなければなりません",
  "flag needs an argument: {}": "フラグに値が必要です: {1}",
  "invalid argument {} for {*}: must be a number": "{2} に値 {1} は使えません: 数値でなければなりません",
  "invalid argument {} for {*}: must be {} or {}":
    "{2} に値 {1} は使えません: {3}、{4} のどれかでなければなりません",
  "unknown flag: {}": "未知のフラグです: {1}",
  "it stands before the command: kasane --root DIR {}": "コマンドの前に置きます: kasane --root DIR {1}",
  "did you mean --{}?": "--{1} のことでしょうか？",
  "unknown shorthand flag: '{}' in -{}": "未知の短いフラグです: -{2} の '{1}'",
  "template parsing error: {*}": "テンプレートを解釈できません: {1}",
  "docs/format.md tells what templates can do": "テンプレートでできることは docs/format.ja.md にあります",
  "json, or a Go template": "json か、Go テンプレート",
  "table, json, 'table TEMPLATE' or a Go template":
    "table、json、'table テンプレート'、Go テンプレートのどれか",
  "a manifest type is no index": "マニフェストの種類はインデックスになれません",
  "{} is not [TYPE:]KEY=VALUE": "{1} は [TYPE:]KEY=VALUE の形ではありません",
  "annotations of the type {} cannot be set here: index or manifest-descriptor":
    "{1} という種類のアノテーションはここでは付けられません: index か manifest-descriptor です",
  "cannot push to {}: a digest cannot be chosen": "{1} には push できません: ダイジェストは選べません",
  "use a name with a tag": "タグの付いた名前を使ってください",
  "no sources are given": "元になるものが指定されていません",
  "name images in a registry, or --file with a descriptor":
    "レジストリのイメージを指定するか、--file でディスクリプターを指定してください",
  "cannot tell in which repository {} is": "{1} がどのリポジトリにあるのか分かりません",
  "write its whole name: HOST/REPOSITORY@DIGEST": "名前全体を書いてください: HOST/REPOSITORY@DIGEST",
  "source {} says that {} has {} bytes, and it has {}":
    "{1} では {2} は {3} バイトですが、実際は {4} バイトです",
  "the source descriptor": "元になるディスクリプター",
  "the source is a manifest or index, and not a descriptor of one":
    "指定されたものはマニフェストかインデックスで、そのディスクリプターではありません",
  "push it to a registry, and name it": "レジストリに push して、その名前を指定してください",
  "the source": "元になるもの",
  "cannot read {}": "{1} を読み取れません",
  "cannot read the file {}: {*}": "ファイル {1} を読み取れません: {2}",
  "check its path, and whether this user may read it": "パスと、このユーザーが読めるかを確かめてください",
  "--jobs is 1 to {}": "--jobs は 1 から {1} までです",
  interrupted: "中断されました",
  "the current directory does not exist any more: {*}": "今いるディレクトリがもうありません: {1}",
  "change to another directory first": "先に別のディレクトリへ移ってください",
  "--root needs a directory": "--root にはディレクトリが必要です",
  "for example --root ./store": "例: --root ./store",
  '"kasane {}" accepts no arguments': '"kasane {1}" に引数はありません',
  '"kasane {}" requires exactly {} argument': '"kasane {1}" にはちょうど {2} 個の引数が必要です',
  '"kasane {}" requires exactly {} arguments': '"kasane {1}" にはちょうど {2} 個の引数が必要です',
  '"kasane {}" requires at least {} argument': '"kasane {1}" には少なくとも {2} 個の引数が必要です',
  '"kasane {}" requires at least {} arguments': '"kasane {1}" には少なくとも {2} 個の引数が必要です',
  '"kasane {}" requires at most {} argument': '"kasane {1}" の引数は {2} 個までです',
  '"kasane {}" requires at most {} arguments': '"kasane {1}" の引数は {2} 個までです',
  "'kasane {}' needs a command": "'kasane {1}' の後にコマンドが必要です",
  "one of: {}": "次のどれか: {1}",
  "'{}' is not a kasane command": "'{1}' は kasane のコマンドではありません",
  "a server collects garbage while it serves; 'kasane --root DIR gc' does so now, 'gc --dry-run' tells what would go":
    "サーバーは動きながらガベージを回収します。'kasane --root DIR gc' なら今すぐ回収し、'gc --dry-run' なら何が消えるかを示します",
  "did you mean 'kasane {}{}'?": "'kasane {1}{2}' のことでしょうか？",
  "see 'kasane {}--help'": "'kasane {1}--help' を見てください",
  "Operating system of the image": "イメージの OS",
  "Architecture of the image": "イメージのアーキテクチャ",
  "Variant of the architecture": "アーキテクチャのバリアント",
  "Version of the operating system": "OS のバージョン",
  "What it needs of the operating system": "OS に必要な機能",
  "Annotation of the image in the list": "リストの中のイメージのアノテーション",
  "Of images for several platforms take all (the default); with --all=false only this machine's":
    "マルチプラットフォームイメージのすべてを使う（既定）。--all=false ではこのマシンのものだけ",
  "an entry needs both an operating system and an architecture: --os and --arch":
    "項目には OS とアーキテクチャの両方が必要です: --os と --arch",
  "{} is not KEY=VALUE": "{1} は KEY=VALUE の形ではありません",
  "Name of the container (default: a random one)": "コンテナの名前（既定はランダム）",
  "Environment variable; without =VALUE, the caller's": "環境変数。=VALUE がなければ呼び出し元の値",
  "File of environment variables": "環境変数のファイル",
  "Directory or file of this machine": "このマシンのディレクトリまたはファイル",
  "Working directory": "作業ディレクトリ",
  "User, by name or number": "ユーザー。名前または番号",
  "Instead of the image's entrypoint": "イメージのエントリーポイントの代わりに使うプログラム",
  "Host name (default: the container's id)": "ホスト名（既定はコンテナの ID）",
  "host (default) or none": "host（既定）か none",
  "Root file system cannot be written": "ルートファイルシステムに書き込めないようにする",
  "Label of the container": "コンテナのラベル",
  "Platform of a multi-platform image": "マルチプラットフォームイメージのうちのどれか",
  "missing (default), always or never": "missing（既定）、always、never",
  "No progress of a pull": "pull の進捗を表示しない",
  "unknown network {}: host or none": "未知のネットワーク {1}: host か none です",
  "unknown pull policy {}: missing, always or never":
    "未知の pull ポリシー {1}: missing、always、never のどれかです",
  "cannot ask for a user name and password: standard input is no terminal":
    "ユーザー名とパスワードを尋ねられません: 標準入力が端末ではありません",
  'pass --username, and the password to --password-stdin: printf %s "$PASSWORD" | kasane login -u USER --password-stdin':
    '--username を付け、パスワードを --password-stdin に渡してください: printf %s "$PASSWORD" | kasane login -u USER --password-stdin',
  "the password on standard input": "標準入力のパスワード",
  "the Dockerfile on standard input": "標準入力の Dockerfile",
  "cannot write to standard output: no space left on the device":
    "標準出力に書き込めません: デバイスに空き容量がありません",
  "cannot write to standard output: {}": "標準出力に書き込めません: {1}",
  "cannot write to standard output: {*}": "標準出力に書き込めません: {1}",
  "cannot write {}: no such directory": "{1} に書き込めません: そのようなディレクトリはありません",
  "make the directory first, or name another file":
    "先にディレクトリを作るか、別のファイルを指定してください",
  "cannot write {}: no space left": "{1} に書き込めません: 空き容量がありません",
  "cannot write {}: permission denied": "{1} に書き込めません: 権限がありません",
  "cannot write {}: ": "{1} に書き込めません: ",
  "layer {} unpacks to {}, and not to {} as its image config says":
    "レイヤー {1} を展開すると {2} になり、イメージの設定の {3} と違います",
};
