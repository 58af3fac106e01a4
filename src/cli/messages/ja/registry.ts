import type { Catalogue } from "../catalogue.ts";

export const registry: Catalogue = {
  "access rule {} names the group {}, which is not there":
    "アクセスルール {1} が指すグループ {2} がありません",
  "write the group under groups, or correct its name":
    "groups の下にそのグループを書くか、名前を直してください",
  "cannot use {}: no PEM certificates are in it": "{1} は使えません: PEM 形式の証明書が入っていません",
  "cannot use {}: more than {} PEM certificates are in it":
    "{1} は使えません: PEM 形式の証明書が {2} 個より多く入っています",
  "cannot use {}: certificate {} cannot be read": "{1} は使えません: {2} 番目の証明書を読み取れません",
  "tokens signed with {} cannot be accepted": "{1} で署名されたトークンは受け付けられません",
  "choose of {}": "次の中から選んでください: {1}",
  "cannot read {}: line {}: {*}": "{1} を読み取れません: {2} 行目: {3}",
  "not name:hash": "「名前:ハッシュ」の形になっていません",
  "make lines with htpasswd -Bbn NAME PASSWORD": "行は htpasswd -Bbn 名前 パスワード で作ってください",
  "the hash is cut off": "ハッシュが途中で切れています",
  "was the file still being written?": "ファイルへの書き込みがまだ終わっていなかったのかもしれません",
  "more than {} users": "ユーザーが {1} 人を超えています",
  "use tokens": "トークンを使ってください",
  "the users file": "ユーザーファイル",
  "robot {} would not be allowed to do anything": "このままではロボット {1} には何も許可されません",
  "give it rights, for example --allow 'team/**:pull,push'":
    "権限を与えてください。例: --allow 'team/**:pull,push'",
  "{} is not a right": "{1} は権限ではありません",
  "write PATTERN:ACTIONS with pull, push and delete, for example 'team/**:pull,push'":
    "「パターン:操作」の形で、操作には pull、push、delete を書いてください。例: 'team/**:pull,push'",
  "there is no robot {}": "ロボット {1} はありません",
  "kasane registry robot ls lists those that there are":
    "どのロボットがあるかは kasane registry robot ls で一覧できます",
  "{} is not a robot's name": "{1} はロボットの名前として使えません",
  "write lower-case letters and digits, with . _ or - between them, at most {} characters":
    "英小文字と数字を使い、間には . _ - を入れられます。長さは {1} 文字までです",
  "unknown action": "未知の操作です",
  "a robot's rights in the store cannot be read": "ストアにあるロボットの権限を読み取れません",
  "the token service's certificates": "トークンサービスの証明書",
  "the token service's keys": "トークンサービスの鍵",
  "tokens of another service cannot be verified without its keys":
    "ほかのサービスのトークンは、その鍵がなければ検証できません",
  "set rootcertbundle or jwks": "rootcertbundle か jwks を設定してください",
  "cannot use {}: {*}": "{1} は使えません: {2}",
  "it is not JSON": "JSON ではありません",
  "it has no keys": "鍵が入っていません",
  "it has a secret (oct) key; only public keys are taken":
    "秘密の鍵（oct）が入っています。受け付けるのは公開鍵だけです",
  "one of its keys has no kty": "kty のない鍵が入っています",
  "cannot read {*} {}: {} bytes, at most {} are taken":
    "{1} {2} を読み取れません: {3} バイトあり、上限の {4} バイトを超えています",
  "cannot read {*} {}: it does not exist": "{1} {2} を読み取れません: 存在しません",
  "cannot read {*} {}: {*}": "{1} {2} を読み取れません: {3}",
  "nothing is refused without a guard": "ガードがなければ何も拒否されません",
  "the manifest": "マニフェスト",
  "tag {}": "タグ {1}",
  "its manifest {} could not be imported": "マニフェスト {1} を取り込めませんでした",
  "a manifest whose bytes are missing": "バイトが失われているマニフェスト",
  "{} is not a valid name of a repository": "{1} は正しいリポジトリ名ではありません",
  "give the repository that the layout becomes with --name":
    "レイアウトを取り込む先のリポジトリを --name で指定してください",
  "cannot import {}: there is no such directory": "{1} を取り込めません: そのようなディレクトリはありません",
  "name the directory that the other registry keeps its data in":
    "もう一方のレジストリがデータを置いているディレクトリを指定してください",
  "cannot import {}: it is a store of Kasane itself": "{1} を取り込めません: Kasane 自身のストアです",
  "serve it with --root, or copy images with pull and push":
    "--root で指定して serve するか、pull と push でイメージをコピーしてください",
  "docker/registry/v2 of distribution, or oci-layout with index.json":
    "distribution の docker/registry/v2 か、oci-layout と index.json",
  "cannot import {}: there is no {*} in it": "{1} を取り込めません: 中に{2}がありません",
  "its {} bytes have digest {}": "その {1} バイトのダイジェストは {2} です",
  "{} has {} bytes, more than the limit of {}": "{1} は {2} バイトあり、上限の {3} バイトを超えています",
  "there is nothing to put into an index": "インデックスに入れるものがありません",
  "the sources have nothing for the platform {}": "元になるものの中にプラットフォーム {1} のものがありません",
  "they are for {}": "あるのは {1} 用です",
  "{} stands for {} entries of {}": "{1} は {3} の項目 {2} 個に当てはまります",
  "name one by its digest: {}": "ダイジェストでひとつを指定してください: {1}",
  "manifest for image {} does not exist in {}": "{2} にイメージ {1} のマニフェストはありません",
  "see what it has with: kasane manifest inspect {}":
    "何があるかは次のコマンドで見られます: kasane manifest inspect {1}",
  "no such manifest: {}": "そのようなマニフェストはありません: {1}",
  "a manifest list is named by a tag, not by a digest: {}":
    "マニフェストリストの名前はダイジェストではなくタグです: {1}",
  "no such manifest list: {}": "そのようなマニフェストリストはありません: {1}",
  "make it with: kasane manifest create {} IMAGE...":
    "次のコマンドで作ってください: kasane manifest create {1} IMAGE...",
  "the manifest list {} exists already": "マニフェストリスト {1} はすでにあります",
  "add to it with --amend, or remove it first with: kasane manifest rm":
    "--amend で加えるか、先に kasane manifest rm で削除してください",
  "cannot make a manifest list {}: that is the name of an image":
    "マニフェストリスト {1} は作れません: それはイメージの名前です",
  "give the list another name, or tag the image differently first":
    "リストに別の名前を付けるか、先にイメージに別のタグを付けてください",
  "search for it: kasane search {}": "次のコマンドで探せます: kasane search {1}",
  "manifest {} is neither here nor in a registry that is known":
    "マニフェスト {1} は、ここにも、知られているレジストリにもありません",
  "add it to the list again": "もう一度リストに加えてください",
  "blob {} is in no registry that is known": "ブロブ {1} は、知られているどのレジストリにもありません",
  "add its image to the list again": "そのイメージをもう一度リストに加えてください",
  "the server is stopping": "サーバーは停止しようとしています",
  "the url of the upstream {} is not a registry's":
    "アップストリーム {1} の URL はレジストリのものではありません",
  "write https:// and a host without a path, for example https://registry-1.docker.io":
    "https:// とパスのないホスト名を書いてください。例: https://registry-1.docker.io",
  unreadable: "読み取れません",
  "cannot read the password file of the upstream {}: {}: {*}":
    "アップストリーム {1} のパスワードファイルを読み取れません: {2}: {3}",
  prefix: "接頭辞",
  namespace: "名前空間",
  host: "ホスト",
  "the upstreams {} and {} have the same {*} {}": "アップストリーム {1} と {2} の{3}がどちらも {4} です",
  "give each upstream a {*} of its own": "アップストリームごとに別の{1}を設定してください",
  "{} did not answer within {} s": "{1} から {2} 秒以内に応答がありませんでした",
  "cannot read the certificates of the upstream {}: {*}":
    "アップストリーム {1} の証明書を読み取れません: {2}",
  "Make an image of the registry, from this program": "このプログラムからレジストリのイメージを作る",
  "The image takes the place of registry:2: it listens on port 5000, keeps everything in /var/lib/registry, and reads /etc/docker/registry/config.yml and REGISTRY_ variables. It has this program and the libraries that it needs, nothing else. Only the compiled program can do this: npm run build makes it.":
    "作られるイメージは registry:2 の代わりになります。ポート 5000 で待ち受け、すべてを /var/lib/registry に保存し、/etc/docker/registry/config.yml と REGISTRY_ で始まる変数を読みます。中身はこのプログラムと必要なライブラリだけです。作れるのはコンパイル済みのプログラムだけです（npm run build で作られます）。",
  "for everybody who runs registry:2 on this machine": "このマシンで registry:2 を動かす人のために",
  "and this runs it": "そして、これで動かす",
  "What to name it; kasane-registry when absent": "付ける名前。なければ kasane-registry",
  "Print the image ID only": "イメージ ID だけを表示する",
  "an image of the registry needs the compiled program":
    "レジストリのイメージを作るには、コンパイル済みのプログラムが必要です",
  "npm run build, then dist/kasane registry image":
    "npm run build のあと、dist/kasane registry image を実行してください",
};
