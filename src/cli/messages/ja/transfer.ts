import type { Catalogue } from "../catalogue.ts";

export const transfer: Catalogue = {
  "cannot read the credentials in {}: {*}": "{1} にある認証情報を読み取れません: {2}",
  "cannot read the credentials in {*}: it is not JSON":
    "{1} にある認証情報を読み取れません: JSON ではありません",
  "mend the file, or move it away and log in again":
    "ファイルを直すか、別の場所へ移してからログインし直してください",
  "{*}: {} names a token server that is not an https address":
    "{1}: {2} が示すトークンサーバーのアドレスが https ではありません",
  "credentials are never sent in clear text; fix the registry's realm setting":
    "認証情報を暗号化せずに送ることはありません。レジストリの realm の設定を直してください",
  "the connection ended after {} of {} bytes": "{2} バイトのうち {1} バイトで接続が終わりました",
  "{*}: {} sent more than the {} bytes of its descriptor":
    "{1}: {2} がディスクリプターの {3} バイトより多くのデータを送ってきました",
  "cannot look up blob {} in {}/{}": "{2}/{3} のブロブ {1} を調べられません",
  "cannot delete blob {} of {}/{}": "{2}/{3} のブロブ {1} を削除できません",
  "cannot list the repositories of {}": "{1} のリポジトリを一覧できません",
  "cannot read the certificate file {}: {*}": "証明書ファイル {1} を読み取れません: {2}",
  "no byte for {} s": "{1} 秒の間 1 バイトも届きませんでした",
  "cannot get the credentials for {*}": "{1} の認証情報を取得できません",
  "cannot store the credentials for {}": "{1} の認証情報を保管できません",
  "cannot erase the credentials for {}": "{1} の認証情報を消せません",
  "cannot list credentials": "認証情報を一覧できません",
  "cannot list credentials: {*} answered something that is not JSON":
    "認証情報を一覧できません: {1} の応答が JSON ではありません",
  "{*}: there is no program docker-credential-{}": "{1}: docker-credential-{2} というプログラムがありません",
  "install it, or remove credsStore and credHelpers from Docker's config.json":
    "それをインストールするか、Docker の config.json から credsStore と credHelpers を消してください",
  "the answer of docker-credential-{}": "docker-credential-{1} の応答",
  "{*}: docker-credential-{} failed with status {}":
    "{1}: docker-credential-{2} がステータス {3} で失敗しました",
  "cannot get the credentials for {*}: {*} answered something that is not JSON":
    "{1} の認証情報を取得できません: {2} の応答が JSON ではありません",
  "cannot write the credentials to {}: {*}": "認証情報を {1} に書き込めません: {2}",
  "use another file with --authfile": "--authfile で別のファイルを使ってください",
  "{*}: the server wants https": "{1}: サーバーが https を求めています",
  "{} is not a registry host": "{1} はレジストリのホスト名として使えません",
  "a registry is a host name with an optional port: registry.example.com:5000":
    "レジストリはホスト名に、必要ならポートを付けて書きます: registry.example.com:5000",
  "there is no credentials file {}": "認証情報のファイル {1} がありません",
  "make it with: kasane login --authfile {}": "次のコマンドで作ってください: kasane login --authfile {1}",
  "cannot log in to {}: wrong user name or password: {} answered {}":
    "{1} にログインできません: ユーザー名かパスワードが違います: {2} の応答は {3} でした",
  "cannot log in to {}: {} answered {}": "{1} にログインできません: {2} の応答は {3} でした",
  "check both; where the account has a second factor, an access token takes the password's place":
    "両方を確かめてください。アカウントが二要素認証を使っているなら、パスワードの代わりにアクセストークンを使います",
  "the account may not use this registry": "このアカウントはこのレジストリを使えません",
  "{} is not a registry": "{1} はレジストリではありません",
  "name a registry, or a namespace or repository of one without its tag: quay.io/myorg":
    "レジストリか、その中の名前空間、またはタグのないリポジトリを指定してください: quay.io/myorg",
  "cannot store a login for {}: the credential helper {} keeps one for a whole registry":
    "{1} のログインは保管できません: 認証情報ヘルパー {2} が保管できるのはレジストリ全体のものです",
  "log in to {}, or use another file with --authfile":
    "{1} にログインするか、--authfile で別のファイルを使ってください",
  "cannot pull {}": "{1} を pull できません",
  "cannot pull {}: the manifest": "{1} を pull できません: マニフェスト",
  "cannot pull {}: {} sent a manifest with digest {} instead of {}":
    "{1} を pull できません: {2} から届いたマニフェストのダイジェストが {4} ではなく {3} でした",
  "cannot look up {}": "{1} を調べられません",
  "cannot push {}": "{1} を push できません",
  "cannot push {}: {} stored it under the digest {} instead of {}":
    "{1} を push できません: {2} に保存されたダイジェストが {4} ではなく {3} でした",
  "cannot delete {}": "{1} を削除できません",
  "connection refused": "接続を拒否されました",
  "the connection was closed": "接続が切れました",
  "no such host": "そのようなホストは見つかりません",
  "the server does not speak TLS": "サーバーが TLS を話していません",
  "no answer in time": "時間内に応答がありませんでした",
  "{*}: cannot talk to {}: {*}": "{1}: {2} と通信できません: {3}",
  "put the authority's certificate at /etc/containers/certs.d/{}/ca.crt, or pass --tls-verify=false to accept any certificate":
    "認証局の証明書を /etc/containers/certs.d/{1}/ca.crt に置いてください。どんな証明書でも受け入れるなら --tls-verify=false を付けます",
  "pass --tls-verify=false for a registry that speaks plain HTTP":
    "レジストリが平文の HTTP で動いているなら --tls-verify=false を付けてください",
  "check the spelling of the registry's host": "レジストリのホスト名の綴りを確かめてください",
  "{*}: the list": "{1}: 一覧",
  "{*}: the answer is not a list of {}": "{1}: 応答が {2} の一覧ではありません",
  "cannot reach the registry {}": "レジストリ {1} に接続できません",
  "left out {} signatures or other artifacts of images that are not in the archive":
    "アーカイブにないイメージの署名などの成果物 {1} 個は取り込みませんでした",
  "Also signatures, SBOMs and other artifacts that are attached to the images":
    "イメージに付けられた署名、SBOM などの成果物も書き出す",
  "with what is attached to it": "付けられたものも一緒に",
  "Also bring signatures, SBOMs and other artifacts that are attached to the images":
    "イメージに付けられた署名、SBOM などの成果物も取り込む",
  "{} has more than {} referrers": "{1} の参照元が {2} 個を超えています",
  "the image itself is here; pull what you need of them by digest":
    "イメージ自体は取得済みです。必要なものだけダイジェストで pull してください",
  "a docker-dir has no place for --referrers": "docker-dir には --referrers のものを入れる場所がありません",
  "use --format oci-dir, or an archive": "--format oci-dir か、アーカイブを使ってください",
  "cannot list the referrers of {}/{}@{}: the list": "{1}/{2}@{3} の参照元を一覧できません: 一覧",
  "cannot list the referrers of {}/{}@{}": "{1}/{2}@{3} の参照元を一覧できません",
  "cannot list the referrers of {}": "{1} の参照元を一覧できません",
  "{*}: the answer is not an index": "{1}: 応答がインデックスではありません",
  "the content to send has more bytes than the {} of its descriptor":
    "送る内容がディスクリプターの {1} バイトより長くなりました",
  "the content to send has fewer bytes than the {} of its descriptor":
    "送る内容がディスクリプターの {1} バイトに足りません",
  "bad request": "不正なリクエスト",
  "authentication required": "認証が必要",
  "access denied": "アクセス拒否",
  "not found": "見つからない",
  "not allowed": "許可されていない",
  "body too large": "本文が大きすぎる",
  "range not satisfiable": "範囲が不正",
  "too many requests": "リクエストが多すぎる",
  "internal server error": "サーバー内部のエラー",
  "bad gateway": "不正なゲートウェイ",
  "service unavailable": "サービス利用不可",
  "gateway timeout": "ゲートウェイのタイムアウト",
  "{*}: {} answered {}": "{1}: {2} の応答は {3} でした",
  "{*}: {} answered {} ({*})": "{1}: {2} の応答は {3} でした（{4}）",
  "the stored credentials were not accepted: log in again with kasane login {}":
    "保存してある認証情報は受け付けられませんでした。kasane login {1} でログインし直してください",
  "log in with kasane login {}": "kasane login {1} でログインしてください",
  "check the repository's name and that your account may do this":
    "リポジトリの名前と、アカウントにその権限があるかを確かめてください",
  "try again in {} s": "{1} 秒後にもう一度試してください",
  "try again later": "しばらくしてからもう一度試してください",
  "try again later, or log in with kasane login {}":
    "しばらくしてからもう一度試すか、kasane login {1} でログインしてください",
  "the error message": "エラーメッセージ",
  "the transfer was cancelled": "転送は中止されました",
  "cannot search {}": "{1} を検索できません",
  "cannot list the tags of {}/{}": "{1}/{2} のタグを一覧できません",
  "the token server's answer": "トークンサーバーの応答",
  "{*}: the token server {} sent no usable token":
    "{1}: トークンサーバー {2} から使えるトークンが届きませんでした",
  "{*}: {} redirected more than {} times": "{1}: {2} のリダイレクトが {3} 回を超えました",
  "{*}: {} redirected a secret to another server":
    "{1}: {2} が秘密の情報を別のサーバーへリダイレクトしようとしました",
  "{*}: {} sent a Location that is not a URL": "{1}: {2} が送ってきた Location が URL ではありません",
  "{*}: {} sent a Location with {}": "{1}: {2} が送ってきた Location が {3} のものです",
  "{*}: {} pointed from https to plain http": "{1}: {2} が https から平文の http へ誘導しようとしました",
  "the registry behind a proxy must be told its public https address (X-Forwarded-Proto)":
    "プロキシの後ろにあるレジストリには、公開されている https のアドレスを伝える必要があります（X-Forwarded-Proto）",
  "{*}: {} answered with content encoding {}": "{1}: {2} の応答が {3} で符号化されています",
  "cannot push blob {} to {}/{}": "{2}/{3} にブロブ {1} を push できません",
  "{*}: its content": "{1}: その内容",
};
