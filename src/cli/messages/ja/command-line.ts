import type { Catalogue } from "../catalogue.ts";

export const commandLine: Catalogue = {
  "line {}": "{1} 行目",
  warning: "警告",
  "the secret {} comes from the variable {}, which is not set":
    "シークレット {1} の元になる変数 {2} が設定されていません",
  "set it: export {}=…": "設定してください: export {1}=…",
  "invalid field {} of --secret": "--secret の項目 {1} は正しくありません",
  "write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE":
    "--secret id=名前,src=ファイル または --secret id=名前,env=変数 と書いてください",
  "--secret {} has no id": "--secret {1} に id がありません",
  "unknown type {} of --secret: file or env": "--secret の type {1} は使えません。file か env です",
  "the secret {}: there is no file {}": "シークレット {1}: ファイル {2} がありません",
  "cannot read the secret {}: {*}": "シークレット {1} を読み取れません: {2}",
  "the secret {} is larger than {} bytes": "シークレット {1} が {2} バイトを超えています",
  "--ssh default needs an SSH agent, and none is running here":
    "--ssh default には SSH エージェントが必要ですが、ここでは動いていません",
  "start one (eval $(ssh-agent); ssh-add), or name a key: --ssh default=$HOME/.ssh/id_ed25519":
    "起動するか（eval $(ssh-agent); ssh-add）、鍵を指定してください: --ssh default=$HOME/.ssh/id_ed25519",
  "--ssh: there is no file {}": "--ssh: ファイル {1} がありません",
  "name a key file or the socket of an agent": "鍵のファイルか、エージェントのソケットを指定してください",
  "--ssh with key files needs ssh-agent and ssh-add":
    "--ssh に鍵のファイルを渡すには ssh-agent と ssh-add が必要です",
  "install the package openssh-client, or give the socket of an agent":
    "パッケージ openssh-client をインストールするか、エージェントのソケットを渡してください",
  "--ssh: cannot use {}: {}": "--ssh: {1} を使えません: {2}",
  "a key with a pass phrase goes into an agent of your own first: ssh-add KEY, then --ssh default":
    "パスフレーズ付きの鍵は、先に自分のエージェントに入れてください: ssh-add 鍵、そして --ssh default",
  "Where images are kept": "イメージを保存する場所",
  "Help for this command": "このコマンドのヘルプ",
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
  "Only what matches, for example dangling=true": "条件に合うものだけ。例: dangling=true",
  'invalid argument {} for "-f, --filter" flag: bad format of filter (expected name=value)':
    '"-f, --filter" フラグの値 {1} が正しくありません。name=value の形で書きます',
  "invalid filter '{}'": "フィルター '{1}' は使えません",
  "'kasane {*}' filters by {}": "'kasane {1}' で使えるフィルターは {2} です",
  "invalid filter '{*}=[{}]'": "フィルター '{1}=[{2}]' が正しくありません",
  "write {}=true or {}=false": "{1}=true か {2}=false と書いてください",
  "give until once": "until は 1 回だけ指定してください",
  "write a time like 2026-01-31T10:00:00, or how long ago like 24h":
    "2026-01-31T10:00:00 のような時刻か、24h のような経過時間を書いてください",
  '"-{}, --{}" flag': 'フラグ "-{1}, --{2}"',
  '"--{}" flag': 'フラグ "--{1}"',
  "invalid argument {} for {*}: must be true or false":
    "{2} に値 {1} は使えません: true か false でなければなりません",
  "flag needs an argument: {}": "フラグに値が必要です: {1}",
  "invalid argument {} for {*}: must be a number": "{2} に値 {1} は使えません: 数値でなければなりません",
  "invalid argument {} for {*}: must be {} or {}":
    "{2} に値 {1} は使えません: {3}、{4} のどれかでなければなりません",
  "unknown flag: {}": "未知のフラグです: {1}",
  "did you mean --{}?": "--{1} のことでしょうか？",
  "unknown shorthand flag: '{}' in {}": "未知の短いフラグです: {2} の '{1}'",
  "How to show it": "表示の形式",
  "json prints one object": "json はオブジェクトひとつで表示する",
  "unknown format {}: this version prints table or json":
    "未知の形式 {1}: この版で使えるのは table と json です",
  "template parsing error: {*}": "テンプレートを解釈できません: {1}",
  "docs/format.md tells what templates can do": "テンプレートでできることは docs/format.ja.md にあります",
  "json, or a Go template": "json か、Go テンプレート",
  "table, json, 'table TEMPLATE' or a Go template":
    "table、json、'table テンプレート'、Go テンプレートのどれか",
  "a manifest type is no index": "マニフェストの種類はインデックスになれません",
  "Print JSON": "JSON で出力する",
  "{} is not here: looking in {}": "{1} は手元にありません: {2} を調べます",
  "layer {}: reading all {} of it once, to check it": "レイヤー {1}: 確かめるため、全体（{2}）を一度読みます",
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
  "{} is larger than the limit of {} bytes": "{1} は上限の {2} バイトを超えています",
  "cannot read {}": "{1} を読み取れません",
  "check its path, and whether this user may read it": "パスと、このユーザーが読めるかを確かめてください",
  "--jobs is 1 to {}": "--jobs は 1 から {1} までです",
  interrupted: "中断されました",
  "the current directory does not exist any more: {*}": "今いるディレクトリがもうありません: {1}",
  "change to another directory first": "先に別のディレクトリへ移ってください",
  "--root needs a directory": "--root にはディレクトリが必要です",
  "for example --root ./store": "例: --root ./store",
  '"kasane {}" requires no arguments': '"kasane {1}" に引数はありません',
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
  "did you mean 'kasane {}'?": "'kasane {1}' のことでしょうか？",
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
  "Only what matches: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]":
    "条件に合うものだけ: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]",
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
  "cannot write {}: {}": "{1} に書き込めません: {2}",
  "cannot write {}: ": "{1} に書き込めません: ",
  "the content of {} is not the one that its layer tells of": "{1} の内容がレイヤーの記すものと違います",
  "{} of image {} is not a directory": "イメージ {2} の {1} はディレクトリではありません",
  "cannot copy a directory to {}, which is none":
    "{1} はディレクトリではないので、ディレクトリをコピーできません",
  "cannot copy to {}: {*}": "{1} にコピーできません: {2}",
  "cannot copy: there is no directory {}": "コピーできません: ディレクトリ {1} がありません",
  content: "内容",
  owner: "所有者",
  time: "時刻",
  "image {} has no file {}": "イメージ {1} にファイル {2} はありません",
  "list what is there with ls": "ls で何があるかを確かめられます",
  "the layer does not hold the content of {}": "レイヤーに {1} の内容がありません",
  "the archive has {}": "アーカイブにあるのは {1} です",
  "archive {} has no image": "アーカイブ {1} にイメージがありません",
  "look at it with tar t": "tar t で中身を確かめてください",
  "archive {} has {} images: name the one you mean":
    "アーカイブ {1} にはイメージが {2} 個あります: どれかを指定してください",
  "archive {} has no image {}": "アーカイブ {1} にイメージ {2} はありません",
  "images cannot be looked into at {}://": "{1}:// にあるイメージの中は見られません",
  "use a name, docker://NAME, oci:DIR, oci-archive:FILE or docker-archive:FILE":
    "名前、docker://NAME、oci:DIR、oci-archive:FILE、docker-archive:FILE のいずれかを使ってください",
  "no path is given for {}:": "{1}: のパスが指定されていません",
  "the head of a layer": "レイヤーの先頭",
  "layer {} unpacks to {}, and not to {} as its image config says":
    "レイヤー {1} を展開すると {2} になり、イメージの設定の {3} と違います",
  "the layer has no footer that names it": "レイヤーに目次の場所を示すフッターがありません",
  "the table of contents of a layer": "レイヤーの目次",
  "it is not called stargz.index.json": "名前が stargz.index.json ではありません",
  "it is a part of no file": "どのファイルの一部でもありません",
  "the layer's table of contents is no JSON: {*}": "レイヤーの目次が JSON ではありません: {1}",
  "the layer's table of contents has no entries": "レイヤーの目次に entries がありません",
  "the layer's table of contents has more than {} entries":
    "レイヤーの目次の項目が上限の {1} 個を超えています",
  "it is no object": "オブジェクトではありません",
  "name or type is missing": "name か type がありません",
  "the field {} is no size": "フィールド {1} がサイズではありません",
  "the field {} is no text": "フィールド {1} が文字列ではありません",
  "a path in the layer's table of contents is longer than {} bytes":
    "レイヤーの目次に {1} バイトを超えるパスがあります",
  "the type {} is not known": "種類 {1} は未知のものです",
  "it has no digest": "ダイジェストがありません",
  "its parts do not follow each other": "部分が連続していません",
  "its parts are larger than the file": "部分の合計がファイルより大きくなっています",
  "it lies outside the layer": "レイヤーの外にあります",
  "its parts are smaller than the file": "部分の合計がファイルより小さくなっています",
  "its digest is none": "ダイジェストの形をしていません",
  "an xattr is no text": "拡張属性が文字列ではありません",
  "the layer's table of contents cannot be used: {}: {*}": "レイヤーの目次を使えません: {1}: {2}",
  "the table of contents of layer {} cannot be used: {*}": "レイヤー {1} の目次を使えません: {2}",
  "the table of contents of layer {} is not the one its manifest names":
    "レイヤー {1} の目次が、マニフェストの記すものと違います",
  "the table of contents of layer {} is larger than the limit of {} bytes":
    "レイヤー {1} の目次が上限の {2} バイトを超えています",
  "a part of a layer": "レイヤーの一部",
  "a part of a layer came shorter than it was asked for": "レイヤーの一部が、求めたより短く届きました",
  "a part of a file is not the one that the layer's table of contents tells of":
    "ファイルの一部が、レイヤーの目次の記すものと違います",
  "its annotations are incomplete": "アノテーションが足りません",
  "its type {} is not known": "種類 {1} は未知のものです",
  "it is too large": "大きすぎます",
  "the rules are no YAML: {*}": "規則が YAML ではありません: {1}",
  "rules is no map": "rules がマップではありません",
  "there is no rule {}": "{1} という規則はありません",
  "the rules are {}": "規則は {1} です",
  "{} cannot be the value of {}": "{1} は {2} の値にできません",
  "give a size such as 20MB, or disabled": "20MB のようなサイズか disabled を指定してください",
  "give a number from 0 to 1, or disabled": "0 から 1 までの数か disabled を指定してください",
};
