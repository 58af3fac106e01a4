import type { Catalogue } from "../catalogue.ts";

export const buildSecrets: Catalogue = {
  "this step needs the secret {}": "このステップにはシークレット {1} が必要です",
  "give it with --secret id={},src=FILE": "--secret id={1},src=ファイル で渡してください",
  "a secret {} was given": "渡されたのはシークレット {1} です",
  "this step needs the SSH agent {}": "このステップには SSH エージェント {1} が必要です",
  "give it with --ssh {}": "--ssh {1} で渡してください",
  "give it with --ssh default": "--ssh default で渡してください",
  "an agent {} was given": "渡されたのはエージェント {1} です",
  "cannot give the SSH agent to user {}": "SSH エージェントをユーザー {1} に渡せません",
  "leave uid= and gid= of the mount out": "マウントの uid= と gid= を外してください",
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
  "For RUN --mount=type=secret; stays out of the image, its history, the cache and the log":
    "RUN --mount=type=secret 用。イメージ、履歴、キャッシュ、ログには残らない",
  "SSH agent or keys for RUN --mount=type=ssh": "RUN --mount=type=ssh 用の SSH エージェントか鍵",
};
