import type { Catalogue } from "../catalogue.ts";

/** What a build reads from elsewhere: repositories, downloads, contexts. */
export const buildSources: Catalogue = {
  "the secret {*} is no header value": "シークレット {1} はヘッダーの値になりません",
  "it is one line of text without control characters": "制御文字のない一行のテキストにしてください",
  "{} is no commit": "{1} はコミットではありません",
  "the checksum of a git source is its commit, or at least the first 4 of its hexadecimal digits":
    "git のチェックサムは、コミットの 16 進数か、その先頭の 4 桁以上です",
  "invalid git address {}: {*}": "git のアドレス {1} は使えません: {2}",
  "write it like https://example.com/repository.git#branch:directory":
    "https://example.com/repository.git#ブランチ:ディレクトリー のように書いてください",
  "it holds blanks or is too long": "空白が含まれているか、長すぎます",
  "it is no address": "アドレスの形になっていません",
  "it has no valid host": "ホスト名が正しくありません",
  "it asks for {} and for {*}": "{1} と {2} の両方を指定しています",
  "{} has no value": "{1} に値がありません",
  "it asks for the directory {} and for {}": "ディレクトリー {1} と {2} の両方を指定しています",
  "it asks for two commits": "コミットをふたつ指定しています",
  "git addresses know no {}": "git のアドレスに {1} という項目はありません",
  "{} is no branch, tag or commit": "{1} はブランチ、タグ、コミットのどれでもありません",
  "{} has no branch or tag {}": "{1} に {2} というブランチやタグはありません",
  "a commit is written with all its hexadecimal digits": "コミットは 16 進数をすべて書いてください",
  "{} has no directory {}": "{1} に {2} というディレクトリーはありません",
  "the part behind the colon is a directory of the repository":
    "コロンの後ろはリポジトリーの中のディレクトリーです",
  "{} is at commit {}, the checksum says {}": "{1} のコミットは {2} ですが、チェックサムは {3} です",
  "the branch or tag was moved: look at what changed before you take the new commit":
    "ブランチかタグが動かされています。新しいコミットを使う前に、何が変わったか確かめてください",
  "git cannot read {}: {}": "git が {1} を読めません: {2}",
  "add the host's key to ~/.ssh/known_hosts: ssh-keyscan {}":
    "ホストの鍵を ~/.ssh/known_hosts に加えてください: ssh-keyscan {1}",
  "give an SSH agent or key with --ssh default": "SSH エージェントか鍵を --ssh default で渡してください",
  "give a token: --secret id=GIT_AUTH_TOKEN,env=VARIABLE":
    "トークンを渡してください: --secret id=GIT_AUTH_TOKEN,env=変数",
  "check the address, and that the server can be reached":
    "アドレスと、サーバーに届くかどうかを確かめてください",
  "this needs the program git, which is not installed here":
    "git が必要ですが、このマシンにインストールされていません",
  "install the package git, or give the files as a directory or an archive":
    "パッケージ git をインストールするか、ファイルをディレクトリーかアーカイブで渡してください",
  "cannot start git: {*}": "git を起動できません: {1}",
  "git printed more than {} bytes": "git の出力が {1} バイトを超えました",
  "cannot download {}{}: it leads to {}": "{1}{2} をダウンロードできません: {3} へ転送されました",
  "cannot download {}{}: too many redirects": "{1}{2} をダウンロードできません: 転送が多すぎます",
  "use the address that it leads to, if you trust it":
    "転送先を信用できるなら、そのアドレスを直接使ってください",
  "check the address": "アドレスを確かめてください",
  "give a token: --secret id=HTTP_AUTH_TOKEN_{},env=VARIABLE":
    "トークンを渡してください: --secret id=HTTP_AUTH_TOKEN_{1},env=変数",
  "--checksum is for one source, and there are several":
    "--checksum はひとつのソースのためのものですが、ソースがいくつもあります",
  "write an ADD for each": "ADD をひとつずつ書いてください",
  "--checksum is for a download or a git repository":
    "--checksum を使えるのはダウンロードか git リポジトリーだけです",
  "leave it out: files of the context are known by their content":
    "省いてください。コンテキストのファイルは内容で見分けられます",
  "--keep-git-dir and the address do not say the same": "--keep-git-dir とアドレスの指定が食い違っています",
  "leave one of them out": "どちらかを省いてください",
  "SOURCE_DATE_EPOCH=context, but this build context has no time":
    "SOURCE_DATE_EPOCH=context とありますが、このビルドコンテキストには時刻がありません",
  "a context from git has that of its commit; for others, give the seconds since 1970":
    "git のコンテキストならコミットの時刻になります。それ以外では 1970 年からの秒数で指定してください",
  "what came {} is no archive, so there is no file in it":
    "届いたもの ({1}) はアーカイブではないので、中にファイルがありません",
  "leave --file out: what came is the Dockerfile itself":
    "--file を省いてください。届いたものが Dockerfile そのものです",
  "the build contexts {} and {} have the same name": "ビルドコンテキスト {1} と {2} は同じ名前になります",
  "give each context a name of its own": "コンテキストごとに違う名前を付けてください",
  "COPY was read as something else": "COPY が別の命令として読まれました",
  "the build context {}": "ビルドコンテキスト {1}",
  "the OCI layout {}": "OCI レイアウト {1}",
  "{*} is not there: {} does not exist": "{1} がありません: {2} は存在しません",
  "{*} is not a directory: {}": "{1} はディレクトリーではありません: {2}",
  "check --build-context NAME=DIRECTORY": "--build-context 名前=ディレクトリー を確かめてください",
  "{} is written for the C preprocessor, which Kasane does not run":
    "{1} は C プリプロセッサー用に書かれていますが、Kasane はそれを実行しません",
  "do it yourself: cpp -P -traditional {} | kasane build -f - CONTEXT":
    "自分で通してください: cpp -P -traditional {1} | kasane build -f - コンテキスト",
  "invalid build context {}": "ビルドコンテキスト {1} は使えません",
  "write --build-context NAME=DIRECTORY, NAME=docker-image://IMAGE or NAME=ADDRESS":
    "--build-context 名前=ディレクトリー、名前=docker-image://イメージ、名前=アドレス のように書いてください",
  "{} cannot be the name of a build context": "{1} はビルドコンテキストの名前にできません",
  "it is written as a stage or an image is: letters, digits, and . - _ / between them":
    "ステージやイメージの名前と同じです: 英数字と、その間の . - _ /",
  "a build context cannot come from {}://": "ビルドコンテキストに {1}:// は使えません",
  "use a directory, docker-image://, oci-layout://, a git or an https address":
    "ディレクトリー、docker-image://、oci-layout://、git か https のアドレスを使ってください",
  "Where FROM, COPY --from and mounts find NAME, instead of a stage or an image of that name":
    "FROM、COPY --from、マウントの from で、同名のステージやイメージの代わりに使うもの",
  "PATH is the build context. URL is a git repository (https://example.com/repo.git#branch:directory), or an archive or a Dockerfile to be downloaded. With -, standard input is a Dockerfile, or a tar of the whole context. The same context, base and arguments give the same digest.":
    "PATH はビルドコンテキストです。URL は git リポジトリー (https://example.com/repo.git#ブランチ:ディレクトリー)、またはダウンロードするアーカイブか Dockerfile です。- なら、標準入力が Dockerfile か、コンテキスト全体の tar です。同じコンテキスト、ベース、引数からは同じダイジェストができます。",
  "a directory of a repository, at a tag": "リポジトリーの、あるタグのディレクトリーから",
  "COPY --from=assets reads from there": "COPY --from=assets がそこから読みます",
  "there is nothing to allow by the name {}": "{1} という名前で許可できるものはありません",
  "it is one of {}": "次のどれかです: {1}",
  "RUN {*} is not allowed in this build": "RUN {1} はこのビルドで許可されていません",
  "if you trust the Dockerfile, allow it: --allow {*}":
    "Dockerfile を信用できるなら、許可してください: --allow {1}",
  "Network of RUN that does not say; host allows RUN --network=host as well":
    "指定のない RUN のネットワーク。host なら RUN --network=host も許す",
  "{} takes more than the limit of {} bytes": "{1} は上限の {2} バイトを超えています",
  "{} has sent nothing for {}": "{1} から {2} のあいだ何も送られてきません",
  "KASANE_GIT_TIMEOUT is a time like 5m, not {}":
    "KASANE_GIT_TIMEOUT は 5m のような時間です。{1} は使えません",
  "raise the limit, if you know the repository: KASANE_GIT_SIZE=50GB":
    "よく知っているリポジトリなら、上限を上げてください: KASANE_GIT_SIZE=50GB",
  "try again later, or wait longer: KASANE_GIT_TIMEOUT=5m":
    "後でやり直すか、長く待つようにしてください: KASANE_GIT_TIMEOUT=5m",
};
