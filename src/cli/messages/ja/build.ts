import type { Catalogue } from "../catalogue.ts";

export const build: Catalogue = {
  "cannot read {}: {*}": "{1} を読み取れません: {2}",
  "{} is compressed with {*}, which is not installed here":
    "{1} の圧縮に使われている {2} がここにインストールされていません",
  "install xz-utils, or compress the archive with gzip or zstd":
    "xz-utils をインストールするか、アーカイブを gzip か zstd で圧縮してください",
  "install bzip2, or compress the archive with gzip or zstd":
    "bzip2 をインストールするか、アーカイブを gzip か zstd で圧縮してください",
  "{} is damaged: {*} could not decompress it": "{1} が壊れています: {2} で伸張できませんでした",
  "SOURCE_DATE_EPOCH is seconds since 1970, not {}":
    "SOURCE_DATE_EPOCH は 1970 年からの秒数です。{1} は使えません",
  "BUILDKIT_DOCKERFILE_CHECK: {*}": "BUILDKIT_DOCKERFILE_CHECK: {1}",
  "{*} ({}) (and {} more)": "{1}（{2}）（ほかに {3} 件）",
  "the file asks for check=error=true; --check shows everything, check=skip={} leaves this out":
    "ファイルに check=error=true とあります。--check ですべてを表示し、check=skip={1} でこれを除けます",
  "{} sources cannot be copied to the one file {}":
    "{1} 個のコピー元を、ひとつのファイル {2} にコピーすることはできません",
  "end the destination in a slash: {}/": "コピー先の最後にスラッシュを付けてください: {1}/",
  "COPY cannot download {}": "COPY では {1} をダウンロードできません",
  "use ADD": "ADD を使ってください",
  "ADD of a git repository ({}) is not supported in this version":
    "git リポジトリの ADD（{1}）は、この版ではまだ使えません",
  "clone it beside the Dockerfile and COPY it": "Dockerfile の隣にクローンして COPY してください",
  "--exclude: {*}": "--exclude: {1}",
  "cannot read {*} in {}: {*}": "{2} の {1} を読み取れません: {3}",
  "name it in .dockerignore where the build does not need it":
    "ビルドに要らないものなら .dockerignore に書いてください",
  "{} links {} to {}, which is no file": "{1} の中で {2} が {3} にリンクしていますが、ファイルではありません",
  "{} of {} changed while it was copied": "{2} の {1} がコピーの間に変わりました",
  "build again when nothing writes to it": "書き込むものがなくなってから、もう一度ビルドしてください",
  "invalid mode {} in --chmod": "--chmod のモード {1} が正しくありません",
  "write octal digits up to 7777, or a change like u+x,go-w":
    "7777 までの 8 進数か、u+x,go-w のような変更を書いてください",
  "the config of {}": "{1} の設定",
  "{} was opened before it was prepared": "{1} が準備の前に開かれました",
  "{} of {} has no content": "{2} の {1} に内容がありません",
  "{} is a {}, which no merged tree has": "{1} は {2} で、マージしたツリーにはありえません",
  "the symlinks of the destination /{} run in a circle": "コピー先 /{1} のシンボリックリンクが循環しています",
  "copy to another place, or remove one of them with RUN before":
    "別の場所にコピーするか、先に RUN でそのどれかを削除してください",
  file: "ファイル",
  "cannot make the directory /{}: a {*} is in its place":
    "ディレクトリ /{1} を作れません: その場所に{2}があります",
  "choose another destination, or remove what is there with RUN before":
    "別のコピー先を選ぶか、先に RUN でそこにあるものを削除してください",
  "cannot copy a {*} to /{}: a {*} is in its place": "{1}を /{2} にコピーできません: その場所に{3}があります",
  "copy to the directory that /{} (a link to {}) points to":
    "/{1}（{2} へのリンク）が指すディレクトリにコピーしてください",
  "cannot put /{} into a layer: names that begin with .wh. mark deleted files":
    "/{1} はレイヤーに入れられません: .wh. で始まる名前は削除されたファイルを表します",
  "give it another name, or leave it out with .dockerignore":
    "別の名前にするか、.dockerignore で除いてください",
  "--change {} cannot be applied without a build": "--change {1} は、ビルドなしでは適用できません",
  "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR can":
    "使えるのは CMD、ENTRYPOINT、ENV、EXPOSE、HEALTHCHECK、LABEL、ONBUILD、SHELL、STOPSIGNAL、USER、VOLUME、WORKDIR です",
  "the build context {} does not exist": "ビルドコンテキスト {1} がありません",
  "name the directory that holds the files of the build: kasane build -t NAME DIRECTORY":
    "ビルドに使うファイルのあるディレクトリを指定してください: kasane build -t NAME DIRECTORY",
  "the build context {} is not a directory": "ビルドコンテキスト {1} がディレクトリではありません",
  "name its directory as the context, and a Dockerfile with --file; an archive goes to standard input":
    "コンテキストにはそのディレクトリを、Dockerfile には --file を指定してください。アーカイブは標準入力に渡します",
  "there is no Dockerfile at {}": "{1} に Dockerfile がありません",
  "give its path with --file": "--file でパスを指定してください",
  "name another file with --file": "--file で別のファイルを指定してください",
  "what came on standard input is no archive, so there is no file in it":
    "標準入力はアーカイブではないので、中のファイルはありません",
  "the Dockerfile": "Dockerfile",
  "there is no {} in {}": "{2} に {1} がありません",
  "a build without a context needs its Dockerfile given":
    "コンテキストのないビルドには Dockerfile を渡す必要があります",
  "an empty context has no files": "空のコンテキストにファイルはありません",
  user: "ユーザー",
  group: "グループ",
  "{} has no {*} {} in /{*}": "{1} の /{4} に{2} {3} がありません",
  "add it with RUN before, or give its number": "先に RUN で追加するか、番号で指定してください",
  "/{*} of {}": "{2} の /{1}",
  "there is no stage {} to build": "ビルドするステージ {1} がありません",
  "did you mean {}?": "{1} のことでしょうか？",
  "the stages are {}": "ステージは {1} です",
  "no stage has a name": "名前の付いたステージはありません",
  "the base image {} is empty": "ベースイメージ {1} が空です",
  "set the ARG above the first FROM, or give it with --build-arg":
    "最初の FROM より上に ARG の値を書くか、--build-arg で渡してください",
  "the platform {} is empty": "プラットフォーム {1} が空です",
  "variables cannot be used in --from={}": "--from={1} では変数を使えません",
  "add a stage above, FROM {} AS source, and copy from that":
    "上に FROM {1} AS source というステージを足し、そこからコピーしてください",
  "there is no stage {}: stages count from 0 to {}":
    "ステージ {1} はありません: ステージの番号は 0 から {2} までです",
  "name it: FROM IMAGE AS NAME, and then --from=NAME":
    "名前を付けてください: FROM IMAGE AS NAME とし、--from=NAME で参照します",
  "the stage {} must come before the one that reads from it":
    "ステージ {1} は、それを読むステージより前になければなりません",
  "move its FROM with all that follows further up": "その FROM を、続く命令とともに上へ移してください",
  "did you mean the stage {}?": "ステージ {1} のことでしょうか？",
  "cannot download {}: the server answered {}": "{1} をダウンロードできません: サーバーの応答は {2} でした",
  "{} is larger than {} bytes": "{1} は {2} バイトを超えています",
  "cannot download {}: {*}": "{1} をダウンロードできません: {2}",
  "--checksum={} is no digest": "--checksum={1} はダイジェストではありません",
  "write it like sha256: and 64 hexadecimal digits": "sha256: に 64 桁の 16 進数を続けて書いてください",
  "the build was cancelled": "ビルドは中止されました",
  "{} has the digest {}, --checksum says {}": "{1} のダイジェストは {2} で、--checksum の {3} と違います",
  "{} is no valid address": "{1} は正しいアドレスではありません",
  "exit code 127 means that a command was not found in the image":
    "終了コード 127 は、イメージの中にコマンドが見つからなかったことを示します",
  "this build has no sandbox to run commands in":
    "このビルドには、コマンドを実行するサンドボックスがありません",
  "pass one: build({ sandbox: createSandbox(), … })":
    "渡してください: build({ sandbox: createSandbox(), … })",
  "{} could not be started: {*}": "{1} を起動できませんでした: {2}",
  "to run programs of {} here, install qemu-user-static (binfmt)":
    "{1} のプログラムをここで実行するには、qemu-user-static（binfmt）をインストールしてください",
  "RUN needs a shell in the image; the JSON form runs a program without one":
    "RUN にはイメージの中のシェルが必要です。JSON 形式ならシェルなしでプログラムを実行できます",
  "--mount needs a target": "--mount には target が必要です",
  "add target=/PATH": "target=/PATH を付けてください",
  "{} was not found in {}": "{1} が {2} に見つかりません",
  "check source= and from= of the --mount": "--mount の source= と from= を確かめてください",
  "RUN --security=insecure is not supported in this version":
    "RUN --security=insecure は、この版ではまだ使えません",
  "leave it out: the step runs without the extra power":
    "外してください。ステップは余分な権限なしで実行されます",
  "RUN --device is not supported in this version": "RUN --device は、この版ではまだ使えません",
  "leave it out, or do in a container what needs the device":
    "外すか、デバイスの必要なことはコンテナの中で行ってください",
  "the source {} is no valid pattern: {*}": "コピー元 {1} は正しいパターンではありません: {2}",
  "its symlinks run in a circle": "シンボリックリンクが循環しています",
  "it is there, but .dockerignore hides it": "ありますが、.dockerignore によって隠されています",
  "check the path: it begins at the top of the context or image":
    "パスを確かめてください。コンテキストやイメージの最上位から始まります",
  "unknown signal {}": "シグナル {1} は未知のものです",
  "write it like SIGTERM, TERM or 15": "SIGTERM、TERM、15 のように書いてください",
  "{} is no file of this archive": "{1} はこのアーカイブのファイルではありません",
  "{} holds {}, which leads out of the archive": "{1} に含まれる {2} がアーカイブの外に出ています",
  "{} may make a layer": "{1} はレイヤーを作ることがあります",
  "the JSON form takes an array of strings only": "JSON 形式に書けるのは文字列の配列だけです",
  "{} must have two arguments": "{1} には引数が 2 つ必要です",
  "write {} {}=value": "{1} {2}=値 と書いてください",
  "cannot find = in {}: it must be of the form name=value": "{1} に = がありません: 名前=値 の形で書きます",
  "put values with blanks in double quotes": "空白を含む値は二重引用符で囲んでください",
  "invalid check option {}": "チェックのオプション {1} は使えません",
  "write check=skip=Rule,Rule;error=true": "check=skip=Rule,Rule;error=true の形で書いてください",
  "a quote is not closed in {}": "{1} の引用符が閉じていません",
  "a quoted field must end at a comma in {}":
    "{1} では、引用符で囲んだ項目はコンマで終わらなければなりません",
  "the parser directive {} is given twice": "パーサーディレクティブ {1} が 2 回書かれています",
  "invalid escape character {}: it is \\ or `": "エスケープ文字 {1} は使えません: \\ か ` です",
  "cannot expand {}: {*}": "{1} を展開できません: {2}",
  "substitutions nest deeper than {} levels": "置換の入れ子が {1} 段より深くなっています",
  "a word grows beyond {} characters when its variables are expanded":
    "変数を展開すると、ひとつの語が {1} 文字を超えます",
  "missing {}": "{1} がありません",
  "a single quote is not closed": "一重引用符が閉じていません",
  "a double quote is not closed": "二重引用符が閉じていません",
  "missing }": "} がありません",
  "bad substitution": "置換が正しくありません",
  "unsupported modifier {} in a substitution": "置換の修飾子 {1} には対応していません",
  "is not set": "が設定されていません",
  "is empty": "が空です",
  "unknown flag {}": "フラグ {1} は未知のものです",
  "{} is given twice": "{1} が 2 回指定されています",
  "{} needs a value": "{1} には値が必要です",
  "{} is true or false, not {}": "{1} は true か false です。{2} は使えません",
  "bad character class in {}": "{1} の文字クラスが正しくありません",
  "pattern {} ends in a backslash": "パターン {1} がバックスラッシュで終わっています",
  "{*} is larger than {} bytes": "{1} は {2} バイトを超えています",
  "{*} has more than {} patterns": "{1} のパターンが {2} 個を超えています",
  "{*} needs at least one source and a destination":
    "{1} には少なくともひとつのコピー元と、コピー先が必要です",
  "write {*} {} .": "{1} {2} . と書いてください",
  "the destination of {*} cannot be a heredoc": "{1} のコピー先をヒアドキュメントにはできません",
  "{} comes before the first FROM": "{1} が最初の FROM より前にあります",
  "only ARG may stand above FROM": "FROM より上に書けるのは ARG だけです",
  "there is no FROM, so there is nothing to build": "FROM がないので、ビルドするものがありません",
  "a Dockerfile begins with FROM": "Dockerfile は FROM で始まります",
  "an ONBUILD trigger is one instruction": "ONBUILD のトリガーは命令ひとつです",
  "{} is not allowed in ONBUILD": "{1} は ONBUILD では使えません",
  "unknown instruction {}": "命令 {1} は未知のものです",
  "SHELL takes the JSON form only": "SHELL に使えるのは JSON 形式だけです",
  'write SHELL ["/bin/sh", "-c"]': 'SHELL ["/bin/sh", "-c"] と書いてください',
  "VOLUME cannot be an empty path": "VOLUME に空のパスは書けません",
  "{*} needs at least one argument": "{1} には引数が少なくともひとつ必要です",
  "{} needs exactly one argument": "{1} には引数がちょうどひとつ必要です",
  "{} needs at least one argument": "{1} には引数が少なくともひとつ必要です",
  "a name of {} cannot be empty": "{1} の名前を空にはできません",
  "a name of ARG cannot be empty": "ARG の名前を空にはできません",
  "FROM needs one argument, or three: FROM image AS name":
    "FROM の引数はひとつか 3 つです: FROM image AS name",
  "invalid stage name {}": "ステージ名 {1} は使えません",
  "a stage name begins with a letter; letters, digits, -, _ and . may follow":
    "ステージ名は英字で始まり、英数字、-、_、. が続きます",
  "unknown value {} of {*}": "{2} の値 {1} は未知のものです",
  "{*} is one of {}": "{1} は次のどれかです: {2}",
  "HEALTHCHECK NONE takes no arguments": "HEALTHCHECK NONE に引数はありません",
  "HEALTHCHECK CMD needs a command": "HEALTHCHECK CMD にはコマンドが必要です",
  "unknown type {} of HEALTHCHECK": "HEALTHCHECK の種類 {1} は未知のものです",
  "it is CMD or NONE": "CMD か NONE です",
  "--retries must be a whole number, not {}": "--retries は整数です。{1} は使えません",
  "{*} {} is not a duration": "{1} の {2} は時間の長さではありません",
  "write it like 30s, 1m30s or 500ms": "30s、1m30s、500ms のように書いてください",
  "{*} cannot be less than 1ms": "{1} を 1ms より短くすることはできません",
  "ONBUILD needs an instruction": "ONBUILD には命令が必要です",
  "{} has more than {} instructions": "{1} の命令が {2} 個を超えています",
  "{} contains no instructions": "{1} に命令がありません",
  "{}:{}: more than {} heredocs in one instruction":
    "{1}:{2}: ひとつの命令にヒアドキュメントが {3} 個より多くあります",
  "the heredoc is not closed: there is no line {} after it":
    "ヒアドキュメントが閉じていません: その後に {1} だけの行がありません",
  '"!" alone is no pattern': '"!" だけではパターンになりません',
  "{*} is larger than the limit of {} bytes for Dockerfiles":
    "{1} は、Dockerfile の上限の {2} バイトを超えています",
  "{*} has more than {} lines": "{1} の行数が {2} を超えています",
  "{*}:{}: the line is longer than {} characters": "{1}:{2}: 行が {3} 文字より長くなっています",
  "invalid protocol {} in port {}": "ポート {2} のプロトコル {1} は使えません",
  "the protocol is tcp, udp or sctp": "プロトコルは tcp、udp、sctp のどれかです",
  "port range {} ends before it begins": "ポート範囲 {1} の終わりが始まりより前です",
  "invalid port {}": "ポート {1} は使えません",
  "a port is a number from 0 to 65535, or a range of them": "ポートは 0 から 65535 までの数か、その範囲です",
  "unknown key {} in --mount": "--mount のキー {1} は未知のものです",
  "{} in --mount must be of the form key=value": "--mount の {1} は キー=値 の形で書きます",
  "--mount=type={} takes no {*}": "--mount=type={1} に {2} は指定できません",
  "--mount=type=secret needs an id or a target": "--mount=type=secret には id か target が必要です",
  "--mount=type=secret takes source or id, not both":
    "--mount=type=secret に指定できるのは source か id の一方だけです",
  "invalid {*} {} in --mount": "--mount の {1} の値 {2} は使えません",
  "unknown {*} {} in --mount": "--mount の {1} の値 {2} は未知のものです",
  "invalid escape \\{} in pattern {}": "パターン {2} のエスケープ \\{1} は使えません",
  "ONBUILD ONBUILD is not allowed": "ONBUILD ONBUILD は使えません",
};
